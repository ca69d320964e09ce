import Canvas
import Foundation

/// Weights for resampling along one axis.
///
/// Downsampling averages the pixels that each sample covers. Upsampling interpolates with a Lanczos
/// kernel of radius 3, renormalised at the edges.
struct ResamplingAxis {
    /// First pixel of each sample; the others follow it.
    private(set) var starts: [Int] = []
    /// Number of pixels of each sample.
    private(set) var counts: [Int] = []
    /// `taps` weights per sample, of which the first `counts` are used.
    private(set) var weights: [Float]
    let taps: Int

    init(from input: Int, to output: Int) {
        let scale = Double(input) / Double(output)
        taps = min(input, scale >= 1 ? Int(scale.rounded(.up)) + 1 : 7)
        weights = Array(repeating: 0, count: output * taps)
        for i in 0..<output {
            let (start, values) = scale >= 1 ? Self.mean(i, scale, input) : Self.lanczos(i, scale, input)
            starts.append(start)
            counts.append(values.count)
            let sum = values.reduce(0, +)
            for (k, value) in values.enumerated() { weights[i * taps + k] = Float(value / sum) }
        }
    }

    private static func mean(_ i: Int, _ scale: Double, _ input: Int) -> (Int, [Double]) {
        let (start, end) = (Double(i) * scale, Double(i + 1) * scale)
        let first = min(input - 1, Int(start))
        let last = max(first + 1, min(input, Int((end - 1e-9).rounded(.up))))
        return (first, (first..<last).map { min(end, Double($0 + 1)) - max(start, Double($0)) })
    }

    private static func lanczos(_ i: Int, _ scale: Double, _ input: Int) -> (Int, [Double]) {
        let center = (Double(i) + 0.5) * scale - 0.5
        let first = max(0, Int(center.rounded(.up)) - 3)
        let last = min(input - 1, Int(center.rounded(.down)) + 3)
        return (
            first,
            (first...last).map {
                let x = abs(Double($0) - center)
                if x < 1e-6 { return 1 }
                return x >= 3 ? 0 : 3 * sin(.pi * x) * sin(.pi * x / 3) / (.pi * .pi * x * x)
            }
        )
    }
}

/// Samples a picture for one row of cells after another, from a strip of a few lines at a time.
struct CellSampler {
    private let picture: RGBImage
    private let rows: Int
    private let across: ResamplingAxis
    private let down: ResamplingAxis
    private var strip: [Float]

    /// - Parameters:
    ///   - columns, rows: number of samples for the whole picture.
    ///   - stripRows: rows of samples per row of cells.
    init(_ picture: RGBImage, columns: Int, rows: Int, stripRows: Int) {
        (self.picture, self.rows) = (picture, stripRows)
        across = ResamplingAxis(from: picture.width, to: columns)
        down = ResamplingAxis(from: picture.height, to: rows)
        strip = Array(repeating: 0, count: stripRows * picture.width * 3)
    }

    /// Loads the lines of strip `index`, at the picture's own width.
    mutating func load(strip index: Int) {
        let line = picture.width * 3
        picture.pixels.withUnsafeBufferPointer { pixels in
            strip.withUnsafeMutableBufferPointer { strip in
                for row in 0..<rows {
                    let sample = index * rows + row
                    let target = UnsafeMutableBufferPointer(rebasing: strip[row * line..<(row + 1) * line])
                    for k in 0..<down.counts[sample] {
                        let weight = down.weights[sample * down.taps + k]
                        let first = (down.starts[sample] + k) * line
                        let source = UnsafeBufferPointer(rebasing: pixels[first..<first + line])
                        if k == 0 {
                            for j in 0..<line { target[j] = Float(source[j]) * weight }
                        } else {
                            for j in 0..<line { target[j] += Float(source[j]) * weight }
                        }
                    }
                }
            }
        }
    }

    /// Writes the samples of the loaded strip to `target`, row by row.
    func sample(into target: inout [SIMD4<Float>]) {
        sample(strip, rows: rows, across, into: &target)
    }

    /// Writes samples along `axis` of the mean of the strip's lines to `target`.
    func sampleMean(along axis: ResamplingAxis, into target: inout [SIMD4<Float>]) {
        let line = picture.width * 3
        var mean = [Float](repeating: 0, count: line)
        for row in 0..<rows {
            for j in 0..<line { mean[j] += strip[row * line + j] }
        }
        for j in 0..<line { mean[j] /= Float(rows) }
        sample(mean, rows: 1, axis, into: &target)
    }

    private func sample(
        _ lines: [Float], rows: Int, _ axis: ResamplingAxis, into target: inout [SIMD4<Float>]
    ) {
        let line = picture.width * 3
        let count = axis.starts.count
        lines.withUnsafeBufferPointer { lines in
            target.withUnsafeMutableBufferPointer { target in
                axis.weights.withUnsafeBufferPointer { weights in
                    for x in 0..<count {
                        let (start, taps) = (axis.starts[x] * 3, axis.counts[x])
                        for row in 0..<rows {
                            var sum = SIMD4<Float>.zero
                            var i = row * line + start
                            for k in 0..<taps {
                                sum +=
                                    SIMD4(lines[i], lines[i + 1], lines[i + 2], 0)
                                    * weights[x * axis.taps + k]
                                i += 3
                            }
                            target[row * count + x] = sum
                        }
                    }
                }
            }
        }
    }
}
