public import Canvas

/// The picture as cells.
extension RGBImage {
    /// Stretches the picture to exactly `columns`×`rows` cells.
    ///
    /// Weighs all ways to divide each cell's subcells in two, with the means of the sides as the
    /// two colours (the least-squares fit), and picks the one with the smallest error
    /// (`docs/pictures.md`).
    ///
    /// - Parameters:
    ///   - diffusesError: whether the colour errors of a palette are passed on to the following
    ///     cells; nil does so where it looks better.
    ///   - isOnLight: whether the terminal's background is light, for pictures made of dots.
    public func cells(
        columns: Int, rows: Int, symbols: SymbolSet = .quadrant, depth: ColorDepth = .trueColor,
        diffusesError: Bool? = nil,
        isOnLight: Bool = false
    ) -> CellBuffer {
        let size = Size(columns: columns, rows: rows)
        guard columns > 0, rows > 0, width > 0, height > 0 else { return CellBuffer(size: size) }
        if depth == .none || symbols == .braille {
            return DotFit(depth: depth, isOnLight: isOnLight).cells(self, size)
        }
        return fitted(size, symbols, depth, diffusesError: diffusesError ?? (depth == .ansi16))
    }

    private func fitted(_ size: Size, _ symbols: SymbolSet, _ depth: ColorDepth, diffusesError: Bool)
        -> CellBuffer
    {
        let grid = symbols.grid
        let stride = size.columns * grid.columns
        var sampler = CellSampler(self, columns: stride, rows: size.rows * grid.rows, stripRows: grid.rows)
        var samples = [SIMD4<Float>](repeating: .zero, count: stride * grid.rows)
        let eighthsAxis = symbols == .all ? ResamplingAxis(from: width, to: size.columns * 8) : nil
        var eighths = [SIMD4<Float>](repeating: .zero, count: symbols == .all ? size.columns * 8 : 0)
        var fit = CellFit(symbols: symbols, depth: depth)
        var diffusion = ErrorDiffusion(columns: size.columns, share: 0.5)
        var cells: [Cell] = []
        cells.reserveCapacity(size.columns * size.rows)
        for row in 0..<size.rows {
            sampler.load(strip: row)
            sampler.sample(into: &samples)
            if let eighthsAxis { sampler.sampleMean(along: eighthsAxis, into: &eighths) }
            samples.withUnsafeBufferPointer { samples in
                eighths.withUnsafeBufferPointer { eighths in
                    for column in 0..<size.columns {
                        let carry = diffusesError ? diffusion.carry(column) : .zero
                        let result = fit.cell(
                            samples, eighths: eighths, column: column, stride: stride, carry: carry)
                        if diffusesError { diffusion.spread(fit.wanted - result.shown, from: column) }
                        cells.append(result.cell)
                    }
                }
            }
            diffusion.nextRow()
        }
        return CellBuffer(size: size, cells: cells)
    }
}

extension SIMD4<Float> {
    var luminance: Float { 0.299 * x + 0.587 * y + 0.114 * z }
    var color: Color {
        func byte(_ value: Float) -> UInt8 { UInt8(Swift.min(Swift.max(value, 0), 255) + 0.5) }
        return .rgb(byte(x), byte(y), byte(z))
    }
}
