package import Basics
package import Canvas
import Foundation
import Photos
import Recipes

/// An explanation of a prediction: how much each place of the photo adds to the score of each
/// class.
///
/// A class activation map is the base's output weighted by the class's column of the head (Zhou et
/// al. 2016, "Learning Deep Features for Discriminative Localization"). Because the head is mean
/// pooling and one dense layer, the map is exact: its mean plus the class's bias is the class's
/// logit.
package struct Explanation: Sendable, Equatable {
    /// One per class.
    package let probabilities: [Float]
    package let logits: [Float]
    /// The base's output, [place][channel].
    package let baseOutput: [Float]
    /// The means of the base's output over the places, which are the head's input:
    /// [channel].
    package let features: [Float]
    /// Places along each side of a map: 5 at 160 pixels.
    package let side: Int
    /// [class][place], places row by row from the top left.
    package let maps: [[Float]]

    /// - Parameters:
    ///   - baseOutput: [place][channel].
    ///   - kernel: [channel][class].
    ///   - bias: one per class.
    init(
        probabilities: [Float], features: [Float], baseOutput: [Float], side: Int,
        kernel: UnsafePointer<Float>,
        bias: UnsafePointer<Float>
    ) {
        let (channels, classes, places) = (features.count, probabilities.count, side * side)
        var sums = [Double](repeating: 0, count: classes * places)
        for place in 0..<places {
            for channel in 0..<channels {
                let value = Double(baseOutput[place * channels + channel])
                if value == 0 { continue }
                for label in 0..<classes {
                    sums[label * places + place] += value * Double(kernel[channel * classes + label])
                }
            }
        }
        logits = (0..<classes).map { label in
            Float(
                sums[label * places..<(label + 1) * places].reduce(0, +) / Double(places)
                    + Double(bias[label]))
        }
        maps = (0..<classes).map { label in sums[label * places..<(label + 1) * places].map(Float.init) }
        (self.probabilities, self.features, self.baseOutput, self.side) = (
            probabilities, features, baseOutput, side
        )
    }

    /// The most probable class (the first of equals).
    package var predicted: Int { Prediction(photo: 0, label: 0, probabilities: probabilities).predicted }

    /// All tensors computed, for other tools: `base_output` [row, column, channel], `features` [channel],
    /// `maps` [class, row, column], `logits` and `probabilities` [class].
    package var tensors: NamedTensors {
        let (classes, channels) = (probabilities.count, features.count)
        return [
            "base_output": Tensor(shape: [side, side, channels], values: baseOutput),
            "features": Tensor(shape: [channels], values: features),
            "maps": Tensor(shape: [classes, side, side], values: maps.flatMap { $0 }),
            "logits": Tensor(shape: [classes], values: logits),
            "probabilities": Tensor(shape: [classes], values: probabilities),
        ]
    }

    /// Least and greatest value of a class's map: the values of its picture's coldest and hottest
    /// colour.
    package func range(of label: Int) -> ClosedRange<Float> { Self.range(of: maps[label]) }

    /// Returns the range of the finite values; 0…0 if there are none.
    static func range(of values: some Sequence<Float>) -> ClosedRange<Float> {
        let finite = values.filter(\.isFinite)
        return (finite.min() ?? 0)...(finite.max() ?? 0)
    }

    /// Returns `photo`, of any size, overlaid with the map of `label`.
    ///
    /// - Parameter range: values that get the coldest and the hottest colour; nil uses the map's
    ///   own.
    package func picture(of label: Int, over photo: RGBImage, range: ClosedRange<Float>? = nil) -> RGBImage {
        photo.blended(with: maps[label], side: side, range: range)
    }
}

extension RGBImage {
    /// Returns the picture in grey, overlaid with a square map of `side`² values stretched over it,
    /// from dark violet where it is low to yellow where it is high. Grey, because on a photo's own
    /// colours a yellow flower would look like a high value.
    ///
    /// - Parameters:
    ///   - range: values at the two ends; nil uses the map's own.
    ///   - opacity: of the colours, 0…1. The coldest one is nearly black, so cold places darken.
    package func blended(
        with map: [Float], side: Int, range: ClosedRange<Float>? = nil, opacity: Float = 0.55
    ) -> RGBImage {
        precondition(side > 0 && map.count == side * side, "\(map.count) values for a map of side \(side)")
        let range = range ?? Explanation.range(of: map)
        let span = range.upperBound - range.lowerBound
        let columns = Self.weights(from: side, to: width)
        let rows = Self.weights(from: side, to: height)
        var result = pixels
        for (y, row) in rows.enumerated() {
            for (x, column) in columns.enumerated() {
                func mix(_ line: Int) -> Float {
                    let (a, b) = (map[line * side + column.low], map[line * side + column.high])
                    return a + (b - a) * column.fraction
                }
                let (top, bottom) = (mix(row.low), mix(row.high))
                let value = top + (bottom - top) * row.fraction
                let heat =
                    span > 0 && value.isFinite ? min(max((value - range.lowerBound) / span, 0), 1) : 0.5
                let color = Self.color(of: heat)
                let index = (y * width + x) * 3
                let grey =
                    0.299 * Float(pixels[index]) + 0.587 * Float(pixels[index + 1]) + 0.114
                    * Float(pixels[index + 2])
                for c in 0..<3 {
                    let mixed = grey * (1 - opacity) + color[c] * opacity
                    result[index + c] = UInt8(min(max(mixed.rounded(), 0), 255))
                }
            }
        }
        return RGBImage(width: width, height: height, pixels: result)
    }

    private static func weights(from input: Int, to output: Int) -> [(low: Int, high: Int, fraction: Float)] {
        (0..<output).map { i in
            let position = min(
                max((Float(i) + 0.5) * Float(input) / Float(output) - 0.5, 0), Float(input - 1))
            let low = Int(position)
            return (low, min(low + 1, input - 1), position - Float(low))
        }
    }

    /// Matplotlib's `inferno` at every eighth; it is nearly linear in between.
    private static let inferno: [SIMD3<Float>] = [
        [0, 0, 4], [31, 12, 72], [85, 15, 109], [136, 34, 106], [186, 54, 85], [227, 89, 51], [249, 140, 10],
        [249, 201, 50], [252, 255, 164],
    ]

    /// The colour that `blended` gives to a value from 0, the coldest, to 1.
    package static func heatColor(_ heat: Float) -> (red: UInt8, green: UInt8, blue: UInt8) {
        let color = color(of: min(max(heat, 0), 1))
        return (UInt8(color[0]), UInt8(color[1]), UInt8(color[2]))
    }

    private static func color(of heat: Float) -> SIMD3<Float> {
        let position = heat * Float(inferno.count - 1)
        let low = min(Int(position), inferno.count - 2)
        return inferno[low] + (inferno[low + 1] - inferno[low]) * (position - Float(low))
    }
}
