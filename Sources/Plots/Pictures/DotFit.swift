import Canvas

/// Converts a picture to braille dots, dithered if there is no colour to carry the brightness.
struct DotFit {
    let depth: ColorDepth
    /// Whether the background is light, so that dots stand for the dark parts.
    let isOnLight: Bool

    func cells(_ picture: RGBImage, _ size: Size) -> CellBuffer {
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

    /// Sets the brighter dots; their colours show the rest.
    private func divided(_ samples: [SIMD4<Float>]) -> [Bool] {
        let mean = samples.reduce(0) { $0 + $1.luminance } / Float(samples.count)
        return samples.map { $0.luminance > mean }
    }

    /// Sets dots by Floyd–Steinberg dithering of the light. The brightness is stretched, clipping a
    /// fiftieth of the samples at either end. Because dots add up as light does, it is squared,
    /// which approximates the light for a coded brightness. `docs/pictures.md` shows the gain.
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
