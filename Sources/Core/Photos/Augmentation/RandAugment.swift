import Basics
import Foundation

/// Some operations out of fourteen, one after the other and all of one magnitude (Cubuk et al. 2020):
/// torchvision's `RandAugment` on values that are rounded to 8 bits, with its operations and their ranges,
/// the nearest pixel where one moves pixels, and black where none is.
package struct RandAugment: Equatable, Sendable {
    /// How many operations, and how strong.
    package struct Strength: Codable, Sendable, Hashable {
        package var operations: Int
        /// From 0 to 30.
        package var magnitude: Int

        package init(operations: Int, magnitude: Int) {
            (self.operations, self.magnitude) = (operations, magnitude)
        }

        package static let counts = 1...10
        package static let magnitudes = 0...30

        var isValid: Bool { Self.counts.contains(operations) && Self.magnitudes.contains(magnitude) }
    }

    /// In torchvision's order.
    enum Operation: Int, CaseIterable, Sendable {
        case identity, shearX, shearY, translateX, translateY, rotate
        case brightness, color, contrast, sharpness
        case posterize, solarize, autoContrast, equalize

        /// Whether it goes either way.
        var isSigned: Bool { rawValue >= Self.shearX.rawValue && rawValue <= Self.sharpness.rawValue }
    }

    struct Step: Equatable, Sendable {
        var operation: Operation
        var magnitude: Int
        var isNegative = false
    }

    let steps: [Step]

    init(_ steps: [Step]) { self.steps = steps }

    init(_ strength: Strength, random: inout CounterRandom) {
        let count = UInt32(Operation.allCases.count)
        self.init(
            (0..<strength.operations).map { _ in
                let operation = Operation(rawValue: Int(random.below(count)))!
                let isNegative = random.below(2) == 1
                return Step(
                    operation: operation, magnitude: strength.magnitude,
                    isNegative: operation.isSigned && isNegative)
            })
    }

    /// Changes a square of values of 0…255, which are rounded.
    func apply(to image: UnsafeMutablePointer<Float>, size: Int) {
        let count = size * size * 3
        var picture = BytePicture(size: size)
        for i in 0..<count { picture.pixels[i] = UInt8(min(max(image[i].rounded(), 0), 255)) }
        for step in steps { step.apply(to: &picture) }
        for i in 0..<count { image[i] = Float(picture.pixels[i]) }
    }
}

extension RandAugment.Step {
    /// Value `magnitude` of 31 equally spaced ones, as PyTorch's `linspace` computes them.
    private func between(_ first: Float, _ last: Float) -> Float {
        let step = (last - first) / 30
        return magnitude < 15 ? first + step * Float(magnitude) : last - step * Float(30 - magnitude)
    }

    /// The operation's argument, with its sign.
    func argument(size: Int) -> Double {
        let value: Float =
            switch operation {
            case .identity, .autoContrast, .equalize: 0
            case .shearX, .shearY: between(0, 0.3)
            case .translateX, .translateY: between(0, Float(150.0 / 331 * Double(size)))
            case .rotate: between(0, 30)
            case .brightness, .color, .contrast, .sharpness: between(0, 0.9)
            case .posterize: 8 - (Float(magnitude) / 7.5).rounded(.toNearestOrEven)
            case .solarize: between(255, 0)
            }
        return Double(isNegative ? -value : value)
    }

    fileprivate func apply(to picture: inout BytePicture) {
        let argument = argument(size: picture.size)
        switch operation {
        case .identity: break
        case .shearX: picture.move(1, Float(argument), Float(argument) * 0.5, 0, 1, 0)
        case .shearY: picture.move(1, 0, 0, Float(argument), 1, Float(argument) * 0.5)
        case .translateX: picture.move(1, 0, -Float(Int(argument)), 0, 1, 0)
        case .translateY: picture.move(1, 0, 0, 0, 1, -Float(Int(argument)))
        case .rotate: picture.rotate(degrees: argument)
        case .brightness: picture.blend(1 + argument) { _ in 0 }
        case .color:
            let pixels = picture.pixels
            picture.blend(1 + argument) { Float(BytePicture.grey(pixels, $0 / 3 * 3)) }
        case .contrast:
            let mean = picture.meanGrey
            picture.blend(1 + argument) { _ in mean }
        case .sharpness:
            let blurred = picture.blurred
            picture.blend(1 + argument) { Float(blurred[$0]) }
        case .posterize:
            let mask = UInt8(truncatingIfNeeded: -(1 << (8 - Int(argument))))
            picture.map { _ in { $0 & mask } }
        case .solarize: picture.map { _ in { Double($0) >= argument ? 255 - $0 : $0 } }
        case .autoContrast: picture.map(BytePicture.contrastStretch)
        case .equalize: picture.map(BytePicture.equalization)
        }
    }
}

/// A square picture of 8-bit values, rows from the top, channels interleaved.
private struct BytePicture {
    let size: Int
    var pixels: [UInt8]

    init(size: Int) { (self.size, pixels) = (size, Array(repeating: 0, count: size * size * 3)) }

    /// Takes the pixel (x, y) from the nearest to (a·x + b·y + c, d·x + e·y + f); black outside.
    mutating func move(_ a: Float, _ b: Float, _ c: Float, _ d: Float, _ e: Float, _ f: Float) {
        let source = pixels
        let limit = Float(size)
        for y in 0..<size {
            for x in 0..<size {
                let column = (a * Float(x) + b * Float(y) + c).rounded(.toNearestOrEven)
                let row = (d * Float(x) + e * Float(y) + f).rounded(.toNearestOrEven)
                let target = (y * size + x) * 3
                guard column >= 0, row >= 0, column < limit, row < limit else {
                    for channel in 0..<3 { pixels[target + channel] = 0 }
                    continue
                }
                let place = (Int(row) * size + Int(column)) * 3
                for channel in 0..<3 { pixels[target + channel] = source[place + channel] }
            }
        }
    }

    /// Turns the picture counterclockwise about its centre.
    mutating func rotate(degrees: Double) {
        let angle = degrees * .pi / 180
        let (cosine, sine, centre) = (cos(angle), sin(angle), Double(size - 1) / 2)
        move(
            Float(cosine), Float(-sine), Float(centre * (1 - cosine + sine)), Float(sine), Float(cosine),
            Float(centre * (1 - cosine - sine)))
    }

    /// Makes each value v of place i to f·v + (1 − f)·other(i), limited to 0…255 and cut to a whole number.
    mutating func blend(_ factor: Double, with other: (_ place: Int) -> Float) {
        let (own, rest) = (Float(factor), Float(1 - factor))
        for i in pixels.indices {
            let value = own * Float(pixels[i]) + rest * other(i)
            pixels[i] = UInt8(min(max(value, 0), 255))
        }
    }

    /// The grey of the pixel whose red is at `place`, cut to a whole number.
    static func grey(_ pixels: [UInt8], _ place: Int) -> UInt8 {
        let red = Float(pixels[place])
        let green = Float(pixels[place + 1])
        let blue = Float(pixels[place + 2])
        return UInt8(0.2989 * red + 0.587 * green + 0.114 * blue)
    }

    var meanGrey: Float {
        var sum = 0
        for pixel in 0..<size * size { sum += Int(Self.grey(pixels, 3 * pixel)) }
        return Float(Double(sum) / Double(size * size))
    }

    /// Each inner pixel's mean with its eight neighbours, counting it five times.
    var blurred: [UInt8] {
        var result = pixels
        guard size > 2 else { return result }
        let row = size * 3
        for y in 1..<size - 1 {
            for i in y * row + 3..<(y + 1) * row - 3 {
                var sum = 4 * Int(pixels[i])
                for line in [i - row, i, i + row] {
                    sum += Int(pixels[line - 3]) + Int(pixels[line]) + Int(pixels[line + 3])
                }
                result[i] = UInt8((2 * sum + 13) / 26)
            }
        }
        return result
    }

    /// Gives each channel's values other ones.
    ///
    /// - Parameter change: takes how often a channel has each value.
    mutating func map(_ change: (_ counts: [Int]) -> (UInt8) -> UInt8) {
        for channel in 0..<3 {
            var counts = [Int](repeating: 0, count: 256)
            for i in stride(from: channel, to: pixels.count, by: 3) { counts[Int(pixels[i])] += 1 }
            let changed = change(counts)
            let table = (0...255).map { changed(UInt8($0)) }
            for i in stride(from: channel, to: pixels.count, by: 3) { pixels[i] = table[Int(pixels[i])] }
        }
    }

    /// Spreads the values over 0…255.
    static func contrastStretch(_ counts: [Int]) -> (UInt8) -> UInt8 {
        let least = Float(counts.firstIndex { $0 > 0 } ?? 0)
        let scale = 255 / (Float(counts.lastIndex { $0 > 0 } ?? 0) - least)
        if !scale.isFinite { return { $0 } }
        return { UInt8(min(max((Float($0) - least) * scale, 0), 255)) }
    }

    /// Makes all values alike often, as Pillow does.
    static func equalization(_ counts: [Int]) -> (UInt8) -> UInt8 {
        let last = counts.lastIndex { $0 > 0 } ?? 0
        let step = counts[..<last].reduce(0, +) / 255
        if step == 0 { return { $0 } }
        var (table, sum) = ([UInt8](), 0)
        for count in counts {
            table.append(UInt8(min((sum + step / 2) / step, 255)))
            sum += count
        }
        // Pillow's table begins with 0.
        table[0] = 0
        return { table[Int($0)] }
    }
}
