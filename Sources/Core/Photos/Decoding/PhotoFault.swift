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
    /// The library that reads the format is not installed.
    case noLibrary(PhotoHeader.Format)
    case tooManyScans(Int, width: Int, height: Int)
    /// A reason that was worded by another version of this program.
    case recorded(String)

    package enum Damage: Sendable, Equatable {
        case headerCutShort
        case headerSenseless
        case cutShort
        /// Too few bytes for a picture of this size.
        case tooShort(width: Int, height: Int)
        /// A BMP of a kind that TensorFlow does not read either.
        case bitsPerPixel(Int)
        case compressed
        /// A color that its table does not have.
        case noSuchColor
        case pixelsSenseless
        /// Several pictures in place of one.
        case animation
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
        FileKind.allCases.map { PhotoFault.kind($0) } + [.cannotBeRead]
        + PhotoHeader.Format.allCases.flatMap { format in
            [.noLibrary(format)]
                + [.headerCutShort, .headerSenseless, .cutShort, .compressed, .noSuchColor, .pixelsSenseless]
                .map { .damaged(format, $0) } + [.damaged(format, .animation)]
        }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        self = Self.known.first { "\($0)" == text } ?? Self.ofOlderVersion(text) ?? .recorded(text)
    }

    /// The fault in the words of versions that read JPEG and PNG only.
    private static func ofOlderVersion(_ text: String) -> PhotoFault? {
        if text == "is neither JPEG nor PNG inside" { return .kind(.other) }
        guard text.hasSuffix("; only JPEG and PNG are read") else { return nil }
        let kinds = FileKind.allCases.filter { kind in
            ["is a ", "is an "].contains { text.hasPrefix($0 + kind.name) }
        }
        return kinds.max { $0.name.count < $1.name.count }.map { .kind($0) }
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
