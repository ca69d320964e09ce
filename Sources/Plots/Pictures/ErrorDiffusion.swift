/// Carries the colour errors of cells to their neighbours in Floyd–Steinberg proportions.
struct ErrorDiffusion {
    private var here: [SIMD4<Float>]
    private var below: [SIMD4<Float>]
    private let share: Float

    /// - Parameter share: the fraction of an error that is carried on. With few colours it is below
    ///   1, so that an error that no colour can make up for does not run down the picture.
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
