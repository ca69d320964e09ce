import Basics

/// A change of brightness, contrast and saturation, in a random order: torchvision's `ColorJitter`, on
/// values that are not rounded. Each is a blend that is limited to 0…255:
///
///     brightness  f·x                              contrast  f·x + (1 − f)·mean grey
///     saturation  f·x + (1 − f)·the pixel's grey   grey      0.2989 R + 0.587 G + 0.114 B
package struct ColorJitter: Equatable {
    enum Change: Int, CaseIterable { case brightness, contrast, saturation }

    /// The changes with their factors, 1 for none, in order.
    let changes: [(change: Change, factor: Float)]

    package static func == (l: Self, r: Self) -> Bool {
        l.changes.elementsEqual(r.changes) { $0.change == $1.change && $0.factor == $1.factor }
    }

    init(_ changes: [(Change, Float)]) { self.changes = changes.map { (change: $0.0, factor: $0.1) } }

    private static let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

    /// - Parameter strength: the factors lie between 1 − strength and 1 + strength.
    init(strength: Double, random: inout CounterRandom) {
        let factors = (0..<3).map { _ in
            random.uniform(in: Float(1 - strength)...Float(1 + strength))
        }
        let order = Self.orders[min(Int(random.uniform() * 6), 5)]
        self.init(order.map { (Change(rawValue: $0)!, factors[$0]) })
    }

    @inline(__always)
    private static func grey(_ pixel: UnsafePointer<Float>) -> Float {
        0.2989 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
    }

    @inline(__always)
    private static func limited(_ value: Float) -> Float { min(max(value, 0), 255) }

    /// Changes `pixels` pixels of three values of 0…255.
    func apply(to image: UnsafeMutablePointer<Float>, pixels: Int) {
        for (change, factor) in changes where factor != 1 {
            switch change {
            case .brightness: for i in 0..<3 * pixels { image[i] = Self.limited(factor * image[i]) }
            case .contrast:
                var sum = 0.0
                for i in 0..<pixels { sum += Double(Self.grey(image + 3 * i)) }
                let rest = (1 - factor) * Float(sum / Double(pixels))
                for i in 0..<3 * pixels { image[i] = Self.limited(factor * image[i] + rest) }
            case .saturation:
                for i in 0..<pixels {
                    let pixel = image + 3 * i
                    let rest = (1 - factor) * Self.grey(pixel)
                    for channel in 0..<3 { pixel[channel] = Self.limited(factor * pixel[channel] + rest) }
                }
            }
        }
    }
}
