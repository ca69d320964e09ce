import Basics
import Foundation

/// The part of a photo that is shown instead of the whole: torchvision's `RandomResizedCrop`, with its
/// ratios of width to height from 3:4 to 4:3.
package struct RandomCrop: Equatable {
    /// Smallest share of the area; the largest is 1.
    let smallest: Double
    /// Numbers in [0, 1): area and ratio of ten attempts, then the place across and down. As many
    /// whatever the photo's shape.
    let numbers: [Float]

    static let attempts = 10
    private static let ratios = (least: 3.0 / 4, greatest: 4.0 / 3)

    init(smallest: Double, numbers: [Float]) { (self.smallest, self.numbers) = (smallest, numbers) }

    init(smallest: Double, random: inout CounterRandom) {
        self.init(smallest: smallest, numbers: (0..<2 * Self.attempts + 2).map { _ in random.uniform() })
    }

    /// Returns the part of a picture: the first attempt that fits, else the largest central part of an
    /// allowed ratio.
    func box(width: Int, height: Int) -> PixelBox {
        let area = Double(width * height)
        let (low, high) = (log(Self.ratios.least), log(Self.ratios.greatest))
        for attempt in 0..<Self.attempts {
            let target = area * (smallest + (1 - smallest) * Double(numbers[2 * attempt]))
            let ratio = exp(low + (high - low) * Double(numbers[2 * attempt + 1]))
            let (w, h) = (
                Int((target * ratio).squareRoot().rounded(.toNearestOrEven)),
                Int((target / ratio).squareRoot().rounded(.toNearestOrEven))
            )
            guard w > 0, h > 0, w <= width, h <= height else { continue }
            let (across, down) = (numbers[2 * Self.attempts], numbers[2 * Self.attempts + 1])
            return PixelBox(
                x: Int(Double(across) * Double(width - w + 1)), y: Int(Double(down) * Double(height - h + 1)),
                width: w, height: h)
        }
        var (w, h) = (width, height)
        let ratio = Double(width) / Double(height)
        if ratio < Self.ratios.least {
            h = Int((Double(width) / Self.ratios.least).rounded(.toNearestOrEven))
        } else if ratio > Self.ratios.greatest {
            w = Int((Double(height) * Self.ratios.greatest).rounded(.toNearestOrEven))
        }
        return PixelBox(x: (width - w) / 2, y: (height - h) / 2, width: w, height: h)
    }
}

/// A part of a picture, in pixels from its upper left corner.
struct PixelBox: Equatable {
    var (x, y): (Int, Int)
    var (width, height): (Int, Int)

    init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    static func == (l: Self, r: Self) -> Bool {
        (l.x, l.y, l.width, l.height) == (r.x, r.y, r.width, r.height)
    }
}
