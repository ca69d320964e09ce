/// How a stored picture must be turned to be upright: the orientation tag of EXIF.
///
/// The raw value is the tag's, which names the sides that the stored first row and first column
/// show. Source: CIPA DC-008 (Exif 2.32), 4.6.4, tag 274.
package enum Orientation: UInt8, Codable, Sendable, Hashable, CaseIterable {
    case upright = 1
    case mirrored, turnedByHalf, flipped, transposed, turnedLeft, transversed, turnedRight

    /// Whether width and height change places.
    package var swapsSides: Bool { rawValue >= 5 }

    /// Nil if upright.
    package var ifTurned: Orientation? { self == .upright ? nil : self }

    /// Reads the orientation from an EXIF block, a TIFF structure; upright if it has none.
    package init(exif bytes: ArraySlice<UInt8>) {
        self = Self.tag(Array(bytes.prefix(64 << 10))).flatMap(Orientation.init) ?? .upright
    }

    private static func tag(_ bytes: [UInt8]) -> UInt8? {
        guard bytes.count >= 8 else { return nil }
        let isLittle = bytes.starts(with: "II".utf8)
        guard isLittle || bytes.starts(with: "MM".utf8) else { return nil }
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset + count <= bytes.count else { return nil }
            let part = bytes[offset..<offset + count]
            return (isLittle ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
        }
        // The first directory: its number of entries, then 12 bytes each: tag, type, count, value.
        guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else {
            return nil
        }
        for entry in 0..<count {
            let place = directory + 2 + entry * 12
            guard let tag = number(place, 2) else { return nil }
            // Type 3 is a 16-bit number.
            if tag == 274, number(place + 2, 2) == 3 {
                return number(place + 8, 2).flatMap(UInt8.init(exactly:))
            }
        }
        return nil
    }
}

extension RGBImage {
    /// The picture as it is to be shown, turned by its orientation.
    package var upright: RGBImage {
        if orientation == .upright { return self }
        let (columns, rows) = orientation.swapsSides ? (height, width) : (width, height)
        // Place of the upright picture's first pixel in the stored one, and the steps from there to
        // the right and down.
        let (last, bottom) = (width - 1, (height - 1) * width)
        let (start, right, down) =
            switch orientation {
            case .upright: (0, 1, width)
            case .mirrored: (last, -1, width)
            case .turnedByHalf: (bottom + last, -1, -width)
            case .flipped: (bottom, 1, -width)
            case .transposed: (0, width, 1)
            case .turnedLeft: (bottom, -width, 1)
            case .transversed: (bottom + last, -width, -1)
            case .turnedRight: (last, width, -1)
            }
        let result = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
            var i = 0
            for y in 0..<rows {
                var source = (start + y * down) * 3
                for _ in 0..<columns {
                    for c in 0..<3 { target[i + c] = pixels[source + c] }
                    i += 3
                    source += right * 3
                }
            }
            count = i
        }
        return RGBImage(width: columns, height: rows, pixels: result)
    }
}
