package import Basics

/// The way from a photo's pixels to the base's input, as a model's first layers describe it.
package struct Preprocessing: Sendable, Equatable {
    package struct Size: Sendable, Equatable, CustomStringConvertible {
        package var height: Int
        package var width: Int
        package init(height: Int, width: Int) { (self.height, self.width) = (height, width) }
        package var description: String { "\(height)×\(width)" }
        package var isSquare: Bool { height == width }
    }

    package enum Step: Sendable, Equatable {
        /// With one value for all channels, or one for each.
        case arithmetic(Arithmetic, [Float])
        /// Takes the channels in another order.
        case channels([Int])
        /// `tf.image.resize` without antialiasing; `crops` first cuts the photo to the new shape.
        case resize(Size, isNearest: Bool, crops: Bool)
        /// Cuts out the centre; what is smaller is resized with `crops` instead.
        case centerCrop(Size)
    }

    package enum Arithmetic: Sendable, Equatable { case add, subtract, multiply, divide }

    /// How photos reach the base.
    package enum Scaling: Sendable, Equatable {
        /// As 0…255: the model leaves scaling to its user.
        case absent
        /// As the base's weights were trained on and its runs use.
        case trained
        case other
    }

    /// Size to which a photo is first resized; nil if the model takes photos of any size.
    package var photo: Size?
    package var steps: [Step]

    package init(photo: Size?, steps: [Step]) { (self.photo, self.steps) = (photo, steps) }

    package static func steps(_ scale: InputScale) -> [Step] {
        let steps: [Step] = [.arithmetic(.divide, [scale.half]), .arithmetic(.subtract, [scale.shift])]
        guard let channels = scale.channels else { return steps }
        return steps + [
            .arithmetic(.subtract, channels.means), .arithmetic(.divide, channels.deviations),
        ]
    }

    /// The preparation of a run's photos: squares of that side, scaled.
    package static func trained(side: Int, _ scale: InputScale) -> Preprocessing {
        Preprocessing(photo: Size(height: side, width: side), steps: steps(scale))
    }

    package var scaling: Scaling { scaling(.mobileNetV2) }

    /// Returns how photos reach a base whose weights were trained on a scale.
    package func scaling(_ trained: InputScale) -> Scaling {
        var scale = [Float](repeating: 1, count: 3)
        var offset = [Float](repeating: 0, count: 3)
        var isScaled = false
        for step in steps {
            switch step {
            case .arithmetic(let operation, let values):
                isScaled = true
                for c in 0..<3 {
                    let value = values[c % values.count]
                    switch operation {
                    case .add: offset[c] += value
                    case .subtract: offset[c] -= value
                    case .multiply: (scale[c], offset[c]) = (scale[c] * value, offset[c] * value)
                    case .divide: (scale[c], offset[c]) = (scale[c] / value, offset[c] / value)
                    }
                }
            case .channels: return .other
            case .resize, .centerCrop: break
            }
        }
        guard isScaled else { return .absent }
        let isTrained = (0..<3).allSatisfy {
            let (mean, deviation) = (
                trained.channels?.means[$0] ?? 0, trained.channels?.deviations[$0] ?? 1
            )
            return abs(scale[$0] * trained.half * deviation - 1) < 1e-5
                && abs(offset[$0] + (trained.shift + mean) / deviation) < 1e-5
        }
        return isTrained ? .trained : .other
    }

    /// Size of the result; nil if it depends on the photo.
    package var outputSize: Size? {
        steps.reduce(photo) { size, step in
            switch step {
            case .resize(let size, _, _), .centerCrop(let size): size
            case .arithmetic, .channels: size
            }
        }
    }

    /// Returns the base's input for a photo.
    ///
    /// - Parameter pixels: [height, width, 3] in 0…255, of any size.
    package func apply(to pixels: [Float], _ size: Size) -> [Float] {
        var image = Image(values: pixels, size: size)
        if let photo, photo != size { image = image.resized(to: photo, isNearest: false) }
        for step in steps {
            switch step {
            case .arithmetic(let operation, let values):
                for i in image.values.indices {
                    let value = values[i % 3 % values.count]
                    switch operation {
                    case .add: image.values[i] += value
                    case .subtract: image.values[i] -= value
                    case .multiply: image.values[i] *= value
                    case .divide: image.values[i] /= value
                    }
                }
            case .channels(let order):
                let old = image.values
                for i in old.indices { image.values[i] = old[i - i % 3 + order[i % 3]] }
            case .resize(let target, let isNearest, let crops):
                let cut = crops ? image.cut(toShapeOf: target) : image
                image = cut.resized(to: target, isNearest: isNearest)
            case .centerCrop(let target):
                if image.size.height >= target.height, image.size.width >= target.width {
                    image = image.center(target)
                } else {
                    image = image.cut(toShapeOf: target).resized(to: target, isNearest: false)
                }
            }
        }
        return image.values
    }

    private struct Image {
        /// [height, width, 3].
        var values: [Float]
        var size: Size

        func center(_ target: Size) -> Image {
            let top = (size.height - target.height) / 2
            let left = (size.width - target.width) / 2
            var result: [Float] = []
            result.reserveCapacity(target.height * target.width * 3)
            for y in top..<top + target.height {
                let start = (y * size.width + left) * 3
                result += values[start..<start + target.width * 3]
            }
            return Image(values: result, size: target)
        }

        /// Cuts out the largest centre of the target's shape.
        func cut(toShapeOf target: Size) -> Image {
            let height = Int(Float(size.width * target.height) / Float(target.width))
            let width = Int(Float(size.height * target.width) / Float(target.height))
            return center(
                Size(height: max(1, min(size.height, height)), width: max(1, min(size.width, width))))
        }

        func resized(to target: Size, isNearest: Bool) -> Image {
            if target == size { return self }
            let rows = Self.weights(from: size.height, to: target.height, isNearest: isNearest)
            let columns = Self.weights(from: size.width, to: target.width, isNearest: isNearest)
            var result: [Float] = []
            result.reserveCapacity(target.height * target.width * 3)
            for row in rows {
                for column in columns {
                    for c in 0..<3 {
                        func value(_ y: Int, _ x: Int) -> Float { values[(y * size.width + x) * 3 + c] }
                        func mix(_ y: Int) -> Float {
                            let (a, b) = (value(y, column.lower), value(y, column.upper))
                            return a + (b - a) * column.fraction
                        }
                        let (top, bottom) = (mix(row.lower), mix(row.upper))
                        result.append(top + (bottom - top) * row.fraction)
                    }
                }
            }
            return Image(values: result, size: target)
        }

        private static func weights(from input: Int, to output: Int, isNearest: Bool) -> [(
            lower: Int, upper: Int, fraction: Float
        )] {
            let scale = Float(input) / Float(output)
            return (0..<output).map { i in
                if isNearest {
                    let nearest = min(input - 1, Int((Float(i) + 0.5) * scale))
                    return (nearest, nearest, 0)
                }
                let position = (Float(i) + 0.5) * scale - 0.5
                let floor = position.rounded(.down)
                return (
                    max(Int(floor), 0), min(Int(position.rounded(.up)), input - 1), position - floor
                )
            }
        }
    }
}
