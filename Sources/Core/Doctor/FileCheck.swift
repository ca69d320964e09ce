import Foundation
import Photos

/// Checks of single files: damage, contrast, size, aspect ratio, colour mode and suffix.
enum FileCheck {
    /// Aspect ratio, longer side over shorter, from which squeezing to a square distorts a photo
    /// badly.
    static let extremeAspect = 3.0
    /// Standard deviation of the luminance below which a photo counts as one plain colour.
    static let leastContrast: Float = 3
    /// Mean difference between a pixel's channels below which a photo counts as grey.
    static let leastChroma: Float = 1

    static func findings(_ records: [PhotoRecord], imageSize: Int) -> [Finding] {
        records.flatMap { record in
            guard let header = record.header, record.isUsable else {
                return [
                    finding(
                        .unreadable, record, 1, "\(record.path) \(record.file.fault ?? .cannotBeRead).")
                ]
            }
            return [
                record.warning.map {
                    finding(.damaged, record, 1, "\(record.path) decodes with errors: \($0).")
                },
                plain(record), tiny(record, header, imageSize), aspect(record, header), mode(record, header),
                wrongExtension(record, header),
            ].compactMap(\.self)
        }
    }

    private static func finding(
        _ kind: Finding.Kind, _ record: PhotoRecord, _ score: Double, _ sentence: String
    ) -> Finding {
        Finding(kind: kind, files: [record.path], leaveOut: [record.path], score: score, sentence: sentence)
    }

    private static func plain(_ record: PhotoRecord) -> Finding? {
        guard record.contrast < leastContrast else { return nil }
        return finding(
            .singleColor, record, Double(1 - record.contrast / leastContrast),
            "\(record.path) shows hardly anything but one colour.")
    }

    private static func tiny(_ record: PhotoRecord, _ header: PhotoHeader, _ imageSize: Int) -> Finding? {
        let side = min(header.width, header.height)
        guard side < imageSize / 4 else { return nil }
        return finding(
            .tiny, record, 1 - Double(side) / Double(imageSize),
            "\(record.path) has only \(header.width)×\(header.height) pixels; the network sees \(imageSize)×\(imageSize)."
        )
    }

    private static func aspect(_ record: PhotoRecord, _ header: PhotoHeader) -> Finding? {
        let (long, short) = (max(header.width, header.height), min(header.width, header.height))
        let aspect = Double(long) / Double(max(short, 1))
        guard aspect >= extremeAspect else { return nil }
        let words = header.width > header.height ? "as wide as high" : "as high as wide"
        return finding(
            .extremeAspect, record, 1 - 1 / aspect,
            "\(record.path) is " + String(format: "%.1f", aspect)
                + " times \(words); the network sees it squeezed to a square.")
    }

    private static func mode(_ record: PhotoRecord, _ header: PhotoHeader) -> Finding? {
        let words: String? =
            switch header.colorMode {
            case .cmyk: "is stored as CMYK; its colours may come out wrong"
            case .grey, .greyAlpha: "is grey"
            case .palette: "is stored with a palette"
            case .rgbAlpha: "has an alpha channel, which is dropped"
            case .rgb:
                header.bits > 8
                    ? "has \(header.bits) bits a channel; 8 are used"
                    : record.chroma < leastChroma ? "is grey" : nil
            }
        return words.map {
            finding(.colorMode, record, header.colorMode == .cmyk ? 1 : 0.5, "\(record.path) \($0).")
        }
    }

    private static func wrongExtension(_ record: PhotoRecord, _ header: PhotoHeader) -> Finding? {
        guard !header.format.suffixes.contains(where: record.path.hasSuffix) else { return nil }
        return finding(.wrongExtension, record, 1, "\(record.path) is a \(header.format.name) inside.")
    }
}
