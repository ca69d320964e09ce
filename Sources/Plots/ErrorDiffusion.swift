/// What cells are off, handed on to their neighbours in Floyd and Steinberg's shares.
struct ErrorDiffusion {
    private var here: [SIMD4<Float>]
    private var below: [SIMD4<Float>]
    /// Less than the whole, so that what no colour can make up for does not run down the picture.
    private static let share: Float = 0.8

    init(columns: Int) {
        here = Array(repeating: .zero, count: columns)
        below = here
    }

    func carry(_ column: Int) -> SIMD4<Float> { here[column] }

    mutating func spread(_ error: SIMD4<Float>, from column: Int) {
        let part = error * (Self.share / 16)
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
