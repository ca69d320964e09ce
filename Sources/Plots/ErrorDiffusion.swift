/// What cells are off, handed on to their neighbours in Floyd and Steinberg's shares.
struct ErrorDiffusion {
    private var here: [SIMD4<Float>]
    private var below: [SIMD4<Float>]
    private let share: Float

    /// - Parameter share: how much of an error is handed on. With few colours less than the whole, so that what none of
    ///   them can make up for does not run down the picture.
    init(columns: Int, share: Float) {
        self.share = share
        here = Array(repeating: .zero, count: columns)
        below = here
    }

    func carry(_ column: Int) -> SIMD4<Float> { here[column] }

    mutating func spread(_ error: SIMD4<Float>, from column: Int) {
        let part = error * (share / 16)
        if column + 1 < here.count {
            here[column + 1] += part * 7
            below[column + 1] += part
        }
        if column > 0 { below[column - 1] += part * 3 }
        below[column] += part * 5
    }

    mutating func nextRow() {
        swap(&here, &below)
        for column in below.indices { below[column] = .zero }
    }
}
