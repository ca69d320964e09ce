/// A picture as braille dots: dithered where there is no colour to carry the brightness.
struct DotFit {
    let depth: ColorDepth
    /// Dots are then the dark parts.
    let isOnLight: Bool

    func cells(_ picture: Picture, _ size: Size) -> CellBuffer {
        let columns = size.columns * 2
        var sampler = CellSampler(picture, columns: columns, rows: size.rows * 4, stripRows: 4)
        var strip = [SIMD4<Float>](repeating: .zero, count: columns * 4)
        var samples: [SIMD4<Float>] = []
        samples.reserveCapacity(strip.count * size.rows)
        for row in 0..<size.rows {
            sampler.load(strip: row)
            sampler.sample(into: &strip)
            samples += strip
        }
        let isSet = depth == .none ? dithered(samples, columns) : divided(samples)
        var buffer = CellBuffer(size: size)
        for row in 0..<size.rows {
            for column in 0..<size.columns {
                var mask = 0
                var sum = SIMD4<Float>.zero
                for dot in 0..<8 {
                    let index = (row * 4 + dot / 2) * columns + column * 2 + dot % 2
                    if isSet[index] {
                        mask |= 1 << dot
                        sum += samples[index]
                    }
                }
                if mask == 0 { continue }
                let color: Color =
                    depth == .none ? .standard : (sum / Float(mask.nonzeroBitCount)).color.reduced(to: depth)
                buffer[column, row] = Cell(SymbolSet.brailleGlyph(mask), style: Style(foreground: color))
            }
        }
        return buffer
    }

    /// The brighter half, whose colours then tell the rest.
    private func divided(_ samples: [SIMD4<Float>]) -> [Bool] {
        let mean = samples.reduce(0) { $0 + $1.luminance } / Float(samples.count)
        return samples.map { $0.luminance > mean }
    }

    /// Floyd and Steinberg's dithering of the light, the brightness being stretched so that all but a fiftieth of it at
    /// either end is told apart. Dots add up as light does, and the square is near to what the code of a brightness
    /// stands for; `docs/pictures.md` has what this gains.
    private func dithered(_ samples: [SIMD4<Float>], _ columns: Int) -> [Bool] {
        let brightness = samples.map(\.luminance)
        let sorted = brightness.sorted()
        let (low, high) = (sorted[sorted.count / 50], sorted[sorted.count - 1 - sorted.count / 50])
        // A flat picture has nothing to stretch.
        let isFlat = high - low < 8
        var values = brightness.map { brightness in
            let shade = isFlat ? brightness / 255 : min(1, max(0, (brightness - low) / (high - low)))
            return isOnLight ? 1 - shade * shade : shade * shade
        }
        var result = [Bool](repeating: false, count: values.count)
        for i in values.indices {
            let x = i % columns
            result[i] = values[i] > 0.5
            let error = values[i] - (result[i] ? 1 : 0)
            func add(_ offset: Int, _ share: Float) {
                if i + offset < values.count { values[i + offset] += error * share }
            }
            if x + 1 < columns {
                add(1, 7.0 / 16)
                add(columns + 1, 1.0 / 16)
            }
            if x > 0 { add(columns - 1, 3.0 / 16) }
            add(columns, 5.0 / 16)
        }
        return result
    }
}
