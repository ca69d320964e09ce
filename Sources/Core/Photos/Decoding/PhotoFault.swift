import Basics

/// Why a photo file cannot be used. Its words are the end of a sentence that begins with the name
/// of the file.
package enum PhotoFault: Error, Equatable {
    case cannotBeRead
    case larger(thanMiB: Int)
    /// A file of another format.
    case kind(FileKind)
    case damaged(PhotoHeader.Format, Damage)
    case tooManyPixels(PhotoHeader.Format, width: Int, height: Int)
    case tooManyScans(Int, width: Int, height: Int)
    /// A reason that was worded by another version of this program.
    case recorded(String)

    package enum Damage: Sendable, Equatable {
        case headerCutShort
        case headerSenseless
        case cutShort
        /// Too few bytes for a picture of this size.
        case tooShort(width: Int, height: Int)
        /// The message of the decoder's library, which comes in English.
        case library(String)
    }

    /// The format of a file of another kind that is sound and may come in numbers; nil for damaged
    /// photos.
    package var kind: FileKind? {
        if case .kind(let kind) = self, kind.isCounted { kind } else { nil }
    }
}

/// Files hold a fault by its sentence in English, so that every version of the program shows it. A
/// fault with numbers in it is read back as `recorded`.
extension PhotoFault: Codable {
    private static let known =
        FileKind.allCases.map { PhotoFault.kind($0) } + [.cannotBeRead, .damaged(.png, .headerSenseless)]
        + PhotoHeader.Format.allCases.flatMap { [.damaged($0, .headerCutShort), .damaged($0, .cutShort)] }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        self = Self.known.first { "\($0)" == text } ?? .recorded(text)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("\(self)")
    }
}

/// A file that was named as a photo and cannot be used.
package enum PhotoFailure: Failure {
    case missing(_ file: String)
    /// `code` is the system's error number (`errno`).
    case cannotBeOpened(_ file: String, code: Int32)
    case unusable(_ file: String, PhotoFault)
}
