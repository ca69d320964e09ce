import CPNG
import CTurboJPEG
package import Canvas
package import Foundation

extension RGBImage {
    /// Encodes the upright picture as a JPEG with 4:2:0 chroma subsampling.
    ///
    /// - Precondition: each side has 1 to 65,500 pixels.
    package func jpeg(quality: Int = 90) -> Data {
        if orientation != .upright { return upright.jpeg(quality: quality) }
        let handle = tjInitCompress()
        defer { tjDestroy(handle) }
        var buffer: UnsafeMutablePointer<UInt8>?
        var size: UInt = 0
        defer { tjFree(buffer) }
        let status = tjCompress2(
            handle, pixels, Int32(width), 0, Int32(height), Int32(TJPF_RGB.rawValue), &buffer, &size,
            Int32(TJSAMP_420.rawValue), Int32(quality), 0)
        // Fails only for impossible sizes or without memory.
        precondition(status == 0 && buffer != nil, "libjpeg-turbo cannot encode \(width)×\(height)")
        return Data(bytes: buffer!, count: Int(size))
    }

    /// Encodes the upright picture as a PNG.
    package func png() -> Data {
        if orientation != .upright { return upright.png() }
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        (image.width, image.height, image.format) = (
            UInt32(width), UInt32(height), UInt32(PNG_FORMAT_FLAG_COLOR)
        )
        var size = 0
        // Without a buffer, libpng reports the size that one needs.
        guard png_image_write_to_memory(&image, nil, &size, 0, pixels, 0, nil) != 0 else {
            preconditionFailure("libpng cannot encode \(width)×\(height)")
        }
        var data = Data(count: size)
        let written = data.withUnsafeMutableBytes {
            png_image_write_to_memory(&image, $0.baseAddress, &size, 0, pixels, 0, nil)
        }
        precondition(written != 0, "libpng cannot encode \(width)×\(height)")
        return data.prefix(size)
    }

    /// Returns the picture scaled down, its aspect ratio kept, so that no side exceeds `side`; each
    /// pixel is the mean of the area that it covers. A picture that fits is returned unchanged.
    package func fitted(to side: Int) -> RGBImage {
        let largest = max(width, height)
        guard largest > side, side > 0 else { return self }
        let (columns, rows) = (max(1, width * side / largest), max(1, height * side / largest))
        var result = [UInt8](repeating: 0, count: columns * rows * 3)
        for y in 0..<rows {
            let lines = y * height / rows..<max(y * height / rows + 1, (y + 1) * height / rows)
            for x in 0..<columns {
                let places = x * width / columns..<max(x * width / columns + 1, (x + 1) * width / columns)
                var (red, green, blue) = (0, 0, 0)
                for line in lines {
                    for place in places {
                        let i = (line * width + place) * 3
                        red += Int(pixels[i])
                        green += Int(pixels[i + 1])
                        blue += Int(pixels[i + 2])
                    }
                }
                let (count, i) = (lines.count * places.count, (y * columns + x) * 3)
                for (c, sum) in [red, green, blue].enumerated() {
                    result[i + c] = UInt8((sum + count / 2) / count)
                }
            }
        }
        return RGBImage(width: columns, height: rows, pixels: result, orientation: orientation)
    }
}
