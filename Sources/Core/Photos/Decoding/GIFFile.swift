import Canvas

/// The first picture of a GIF as TensorFlow shows it (core/lib/gif/gif_io.cc): on a black canvas as
/// wide as the widest of its pictures and as high as the highest, transparent pixels black.
///
/// Source: CompuServe, "Graphics Interchange Format", version 89a.
struct GIFFile {
    let width: Int
    let height: Int
    /// The first picture.
    private var frame: Frame

    private struct Frame {
        var left, top, width, height: Int
        var isInterlaced: Bool
        /// Red, green and blue of each color.
        var colors: ArraySlice<UInt8>
        /// Number of a color that is not drawn; nil for none.
        var transparent: Int?
        /// Offset of the pixels: the size of the codes, then blocks of up to 255 bytes.
        var pixels: Int
    }

    /// - Parameter bytes: the whole file.
    /// - Throws: `PhotoFault` if it is damaged before the end of the first picture, or too large.
    init(_ bytes: [UInt8]) throws(PhotoFault) {
        var reader = Blocks(bytes)
        // Signature, size of the screen, flags, background, aspect ratio.
        guard let head = reader.take(13) else { throw .damaged(.gif, .headerCutShort) }
        let flags = head[head.startIndex + 10]
        guard let colors = reader.colors(flags) else { throw .damaged(.gif, .headerCutShort) }
        var (first, transparent): (Frame?, Int?) = (nil, nil)
        var (widest, highest) = (0, 0)
        // After the first picture a damaged file is read as far as it goes, as by TensorFlow.
        walk: while let kind = reader.take(1)?.first {
            switch kind {
            case 0x21:
                guard let label = reader.take(1)?.first else { break walk }
                let content = reader.block()
                // The first graphic control of a picture counts.
                if label == 0xf9, first == nil, transparent == nil, let content, content.count == 4 {
                    transparent = content.first! & 1 == 1 ? Int(content.last!) : -1
                }
                guard let content, content.isEmpty || reader.skipBlocks() else { break walk }
            case 0x2c:
                guard let (found, size) = reader.frame(), found.width > 0, found.height > 0 else {
                    break walk
                }
                // TensorFlow counts whole pictures only.
                guard found.pixels < size, reader.take(1) != nil, reader.skipBlocks() else { break walk }
                (widest, highest) = (max(widest, found.width), max(highest, found.height))
                if first == nil {
                    first = found
                    first?.transparent = transparent.flatMap { $0 < 0 ? nil : $0 }
                    if found.colors.isEmpty { first?.colors = colors }
                }
            default: break walk
            }
        }
        guard let first else { throw .damaged(.gif, .cutShort) }
        (frame, width, height) = (first, widest, highest)
        guard height <= PhotoDecoder.pixelLimit / width else {
            throw .tooManyPixels(.gif, width: width, height: height)
        }
    }

    /// - Parameter bytes: the same file.
    func decode(_ bytes: [UInt8]) throws(PhotoFault) -> RGBImage {
        // A code has at least 3 bits here and stands for at most 4,096 pixels.
        guard (bytes.count * 8 / 3 + 1) * 4096 >= frame.width * frame.height else {
            throw .damaged(.gif, .tooShort(width: frame.width, height: frame.height))
        }
        let indices = try LZW.decode(bytes, at: frame.pixels, count: frame.width * frame.height)
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for (line, y) in rows.enumerated() where frame.top + y < height {
            for x in 0..<max(0, min(frame.width, width - frame.left)) {
                let index = Int(indices[line * frame.width + x])
                if index == frame.transparent { continue }
                let (color, to) = (
                    frame.colors.startIndex + index * 3, ((frame.top + y) * width + frame.left + x) * 3
                )
                guard color + 3 <= frame.colors.endIndex else { throw .damaged(.gif, .noSuchColor) }
                for c in 0..<3 { pixels[to + c] = frame.colors[color + c] }
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// The rows of the picture in the order of the file.
    private var rows: [Int] {
        if !frame.isInterlaced { return Array(0..<frame.height) }
        return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap {
            Array(stride(from: $0.0, to: frame.height, by: $0.1))
        }
    }

    /// The parts of a file, one after the other; nil where it ends.
    private struct Blocks {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) { rest = bytes[...] }

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        /// A table of colors, empty if the flags announce none.
        mutating func colors(_ flags: UInt8) -> ArraySlice<UInt8>? {
            flags & 0x80 == 0 ? rest.prefix(0) : take(3 << (Int(flags & 7) + 1))
        }

        mutating func block() -> ArraySlice<UInt8>? { take(1)?.first.flatMap { take(Int($0)) } }

        /// Skips blocks up to and with the empty one.
        mutating func skipBlocks() -> Bool {
            while let block = block() { if block.isEmpty { return true } }
            return false
        }

        /// The description of a picture, and the end of the file.
        mutating func frame() -> (Frame, Int)? {
            guard let head = take(9) else { return nil }
            let values = stride(from: head.startIndex, to: head.endIndex - 1, by: 2).map {
                Int(head[$0]) | Int(head[$0 + 1]) << 8
            }
            guard let colors = colors(head.last!) else { return nil }
            return (
                Frame(
                    left: values[0], top: values[1], width: values[2], height: values[3],
                    isInterlaced: head.last! & 0x40 != 0, colors: colors, transparent: nil,
                    pixels: rest.startIndex), rest.endIndex
            )
        }
    }
}

/// GIF's variable-length codes.
private enum LZW {
    /// Returns `count` numbers of colors.
    ///
    /// - Parameter start: offset of the size of the codes, which precedes the blocks.
    static func decode(_ bytes: [UInt8], at start: Int, count: Int) throws(PhotoFault) -> [UInt8] {
        let least = Int(bytes[start])
        guard (1...8).contains(least) else { throw .damaged(.gif, .headerSenseless) }
        let (clear, end) = (1 << least, 1 << least + 1)
        // Each code is another one and a number after it.
        var prefixes = [Int](repeating: 0, count: 4096)
        var (suffixes, stack) = ([UInt8](repeating: 0, count: 4096), [UInt8](repeating: 0, count: 4097))
        for code in 0..<clear { suffixes[code] = UInt8(code) }
        var (next, size, previous, first) = (clear + 2, least + 1, -1, UInt8(0))
        var (bits, bitCount, place, blockEnd) = (0, 0, start + 1, start + 1)
        var result = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            while bitCount < size {
                if place == blockEnd {
                    guard place < bytes.count, bytes[place] > 0 else { throw .damaged(.gif, .cutShort) }
                    blockEnd = place + 1 + Int(bytes[place])
                    place += 1
                }
                guard place < bytes.count else { throw .damaged(.gif, .cutShort) }
                bits |= Int(bytes[place]) << bitCount
                (bitCount, place) = (bitCount + 8, place + 1)
            }
            let code = bits & (1 << size - 1)
            (bits, bitCount) = (bits >> size, bitCount - size)
            if code == clear {
                (next, size, previous) = (clear + 2, least + 1, -1)
                continue
            }
            guard code != end, previous < 0 ? code < clear : code <= next && (code < next || next < 4096)
            else { throw .damaged(.gif, code == end ? .cutShort : .pixelsSenseless) }
            // The newest code may stand for the string that it is made from.
            var (rest, depth) = (code, 0)
            if code == next {
                stack[0] = first
                (rest, depth) = (previous, 1)
            }
            while rest > end {
                stack[depth] = suffixes[rest]
                (rest, depth) = (prefixes[rest], depth + 1)
            }
            first = suffixes[rest]
            stack[depth] = first
            for index in stride(from: depth, through: 0, by: -1) where done < count {
                result[done] = stack[index]
                done += 1
            }
            if previous >= 0, next < 4096 {
                (prefixes[next], suffixes[next]) = (previous, first)
                next += 1
                if next == 1 << size, size < 12 { size += 1 }
            }
            previous = code
        }
        return result
    }
}
