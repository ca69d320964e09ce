import Foundation

/// Class names as files carry them.
enum ClassNames {
    /// Returns a JSON list.
    static func json(_ classes: [String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return String(decoding: try encoder.encode(classes), as: UTF8.self)
    }
}
