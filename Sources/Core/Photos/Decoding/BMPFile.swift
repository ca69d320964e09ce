import Canvas

/// A BMP as TensorFlow reads it (core/kernels/image/decode_image_op.cc): 8, 24 or 32 bits a pixel,
/// uncompressed, rows from the bottom or, with a negative height, from the top.
///
/// TensorFlow knows no palettes: a pixel of 8 bits is its grey. Unlike TensorFlow, this refuses
/// compressed pixels, which would be noise, and takes bytes after the last row.
struct BMPFile {
    let width: Int
    let height: Int
    /// Bits per pixel.
    let bits: Int
    private let isTopDown: Bool
    private let start: Int

    /// - Parameter bytes: the file, or at least its beginning.
    /// - Throws: `PhotoFault` if its header is damaged, or of a kind that is not read.
    init(_ bytes: [UInt8]) throws(PhotoFault) {
        guard bytes.count >= 34 else { throw .damaged(.bmp, .headerCutShort) }
        func number(_ place: Int) -> Int {
            Int(Int32(bitPattern: bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }))
        }
        let (signed, compression) = (number(22), number(30))
        (start, width, height) = (number(10), number(18), abs(signed))
        (isTopDown, bits) = (signed < 0, Int(bytes[28]) | Int(bytes[29]) << 8)
        // A header of 12 bytes, of OS/2, has its sides elsewhere.
        guard number(14) >= 40, start >= 0, width > 0, height > 0 else {
            throw .damaged(.bmp, .headerSenseless)
        }
        guard [8, 24, 32].contains(bits) else { throw .damaged(.bmp, .bitsPerPixel(bits)) }
        // BI_RGB and BI_BITFIELDS; with the latter, too, TensorFlow takes blue, green and red.
        guard compression == 0 || compression == 3 else { throw .damaged(.bmp, .compressed) }
        guard height <= PhotoDecoder.pixelLimit / width else {
            throw .tooManyPixels(.bmp, width: width, height: height)
        }
    }

    /// - Parameter bytes: the whole file.
    func decode(_ bytes: [UInt8]) throws(PhotoFault) -> RGBImage {
        let channels = bits / 8
        let row = (width * channels + 3) / 4 * 4
        guard start + row * height <= bytes.count else {
            throw .damaged(.bmp, .tooShort(width: width, height: height))
        }
        let (width, height, start, isTopDown) = (width, height, start, isTopDown)
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { target, count in
            count = width * height * 3
            bytes.withUnsafeBufferPointer { source in
                for y in 0..<height {
                    var from = start + (isTopDown ? y : height - 1 - y) * row
                    for to in stride(from: y * width * 3, to: (y + 1) * width * 3, by: 3) {
                        target[to] = source[from + (channels == 1 ? 0 : 2)]
                        target[to + 1] = source[from + (channels == 1 ? 0 : 1)]
                        target[to + 2] = source[from]
                        from += channels
                    }
                }
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }
}
