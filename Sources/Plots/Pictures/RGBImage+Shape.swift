public import Canvas
import Foundation

/// How a picture is fitted into a space of another shape.
package enum PictureShape: String, Sendable, CaseIterable {
    /// Whole, leaving part of the space empty.
    case fit
    /// Filling the space, with the longer side cropped evenly at both ends.
    case crop
    /// Filling the space, distorted.
    case stretch
}

extension RGBImage {
    /// Assumed height of a cell divided by its width, if the terminal does not report it.
    public static let usualCellAspect = 2.0

    /// Returns the most cells within `columns`×`rows` that keep a picture's shape.
    ///
    /// - Parameter cellAspect: height of a cell divided by its width.
    public static func fitCells(
        width: Int, height: Int, columns: Int, rows: Int, cellAspect: Double = usualCellAspect
    ) -> Size {
        guard width > 0, height > 0, columns > 0, rows > 0 else { return Size(columns: 0, rows: 0) }
        let byWidth = Double(columns) * Double(height) / Double(width) / cellAspect
        if byWidth <= Double(rows) { return Size(columns: columns, rows: max(1, Int(byWidth.rounded()))) }
        let byHeight = Double(rows) * cellAspect * Double(width) / Double(height)
        return Size(columns: min(columns, max(1, Int(byHeight.rounded()))), rows: rows)
    }

    /// Returns the picture, or the part of it that is shown, and the cells that it takes.
    ///
    /// - Parameter cellAspect: height of a cell divided by its width.
    package func shaped(
        _ shape: PictureShape, into room: Size, cellAspect: Double = usualCellAspect
    ) -> (picture: RGBImage, size: Size) {
        switch shape {
        case .stretch: (self, room)
        case .fit:
            (
                self,
                Self.fitCells(
                    width: width, height: height, columns: room.columns, rows: room.rows,
                    cellAspect: cellAspect)
            )
        case .crop: (cropped(to: Double(room.columns) / (Double(room.rows) * cellAspect)), room)
        }
    }

    /// Returns the largest central part whose width is `aspect` times its height.
    func cropped(to aspect: Double) -> RGBImage {
        guard width > 0, height > 0, aspect > 0, aspect.isFinite else { return self }
        let newWidth = min(width, max(1, Int((Double(height) * aspect).rounded())))
        let newHeight = min(height, max(1, Int((Double(width) / aspect).rounded())))
        if newWidth == width, newHeight == height { return self }
        let (left, top) = ((width - newWidth) / 2, (height - newHeight) / 2)
        var part: [UInt8] = []
        part.reserveCapacity(newWidth * newHeight * 3)
        for y in top..<top + newHeight {
            part += pixels[(y * width + left) * 3..<(y * width + left + newWidth) * 3]
        }
        return RGBImage(width: newWidth, height: newHeight, pixels: part)
    }

    /// Stretches the picture to a size in pixels. Downsampling averages light, as the eye does;
    /// otherwise the coded values are interpolated, where overshoots are less visible.
    public func resized(width newWidth: Int, height newHeight: Int) -> RGBImage {
        guard width > 0, height > 0, newWidth > 0, newHeight > 0 else {
            return RGBImage(width: 0, height: 0, pixels: [])
        }
        if newWidth == width, newHeight == height { return self }
        let isLight = newWidth <= width && newHeight <= height
        let decode = isLight ? Self.light : (0..<256).map { Float($0) / 255 }
        let across = ResamplingAxis(from: width, to: newWidth)
        let down = ResamplingAxis(from: height, to: newHeight)
        var line = [Float](repeating: 0, count: width * 3)
        var result: [UInt8] = []
        result.reserveCapacity(newWidth * newHeight * 3)
        for y in 0..<newHeight {
            for i in line.indices { line[i] = 0 }
            for k in 0..<down.counts[y] {
                let weight = down.weights[y * down.taps + k]
                let first = (down.starts[y] + k) * width * 3
                for i in line.indices { line[i] += decode[Int(pixels[first + i])] * weight }
            }
            for x in 0..<newWidth {
                for channel in 0..<3 {
                    var sum: Float = 0
                    for k in 0..<across.counts[x] {
                        sum +=
                            line[(across.starts[x] + k) * 3 + channel] * across.weights[x * across.taps + k]
                    }
                    let value = min(1, max(0, sum))
                    result.append(isLight ? Self.code(value) : UInt8(value * 255 + 0.5))
                }
            }
        }
        return RGBImage(width: newWidth, height: newHeight, pixels: result)
    }

    /// sRGB codes as linear light from 0 to 1 (IEC 61966-2-1).
    private static let light: [Float] = (0..<256).map { code in
        let value = Double(code) / 255
        return Float(value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4))
    }

    /// Returns the nearest code of a light, from a table of 4,096 steps of its square root, along
    /// which the codes are nearly even.
    private static func code(_ light: Float) -> UInt8 { codes[Int(light.squareRoot() * 4095 + 0.5)] }

    private static let codes: [UInt8] = (0..<4096).map { step in
        let light = pow(Double(step) / 4095, 2)
        let value = light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055
        return UInt8((value * 255).rounded())
    }
}
