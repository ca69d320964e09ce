import Foundation

extension Data {
    /// The values' bytes, little endian.
    init(littleEndian values: [Float]) {
        self = values.withUnsafeBytes { Data($0) }
    }
}
