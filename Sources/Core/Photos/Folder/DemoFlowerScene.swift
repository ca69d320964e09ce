import Basics
import Foundation

/// One synthetic photo as a function of position: background, stem and bloom.
///
/// The origin is the middle of the photo, whose shorter side spans −½…½; y grows downwards. Colours
/// are RGB in 0…1.
struct DemoFlowerScene {
    typealias Color = SIMD3<Float>

    private let label: Int
    private let center: SIMD2<Float>
    private let radius: Float
    private let turn: Float
    private let petals: Float
    private let petal: Color
    private let petalEdge: Color
    private let heart: Color
    private let ground: Color
    private let groundFar: Color
    private let stem: Color
    private let light: Float
    private let lightAngle: Float
    private let waves: SIMD4<Float>
    /// Amplitude of the noise added to each pixel.
    let grain: Float

    init(label: Int, random: inout CounterRandom) {
        self.label = label
        center = [random.uniform(in: -0.14...0.14), random.uniform(in: -0.16...0.08)]
        radius = random.uniform(in: 0.22...0.42)
        turn = random.uniform(in: 0...(2 * .pi))
        let vary = Color(
            random.uniform(in: -0.07...0.07), random.uniform(in: -0.07...0.07),
            random.uniform(in: -0.07...0.07))
        let other = random.uniform()
        switch label {
        case 0:
            petals = 13 + Float(random.below(10))
            petal = Color(0.94, 0.94, 0.93) + vary * 0.6
            petalEdge = Color(0.78, 0.80, 0.86)
            heart = Color(0.93, 0.74, 0.12) + vary
        case 1:
            petals = 60 + Float(random.below(30))
            // A third are seed heads.
            petal = other < 0.33 ? Color(0.86, 0.87, 0.86) : Color(0.97, 0.83, 0.10) + vary * 0.5
            petalEdge = other < 0.33 ? Color(0.62, 0.64, 0.62) : Color(0.86, 0.62, 0.03)
            heart = other < 0.33 ? Color(0.45, 0.38, 0.28) : Color(0.90, 0.66, 0.04)
        case 2:
            petals = 5 + Float(random.below(3))
            petal =
                (other < 0.6
                    ? Color(0.80, 0.09, 0.17)
                    : other < 0.85 ? Color(0.93, 0.55, 0.66) : Color(0.95, 0.87, 0.72)) + vary
            petalEdge = petal * 0.55
            heart = petal * 0.42
        case 3:
            petals = 20 + Float(random.below(12))
            petal = Color(0.98, 0.74, 0.05) + vary * 0.6
            petalEdge = Color(0.83, 0.50, 0.02)
            heart = Color(0.27, 0.16, 0.07) + vary * 0.5
        default:
            petals = 3
            petal =
                (other < 0.35
                    ? Color(0.86, 0.13, 0.16)
                    : other < 0.6
                        ? Color(0.95, 0.77, 0.15)
                        : other < 0.8 ? Color(0.62, 0.26, 0.62) : Color(0.96, 0.62, 0.70)) + vary
            petalEdge = petal * 0.68
            heart = petal * 0.5
        }
        let sky = random.uniform() < 0.3
        ground = (sky ? Color(0.42, 0.60, 0.82) : Color(0.18, 0.36, 0.13)) + vary * 1.4
        groundFar = (sky ? Color(0.74, 0.83, 0.92) : Color(0.40, 0.50, 0.24)) + vary
        stem = Color(0.24, 0.46, 0.14) + vary * 0.5
        light = random.uniform(in: 0.05...0.3)
        lightAngle = random.uniform(in: 0...(2 * .pi))
        waves = [
            random.uniform(in: 4...14), random.uniform(in: 4...14), random.uniform(in: 0...6),
            random.uniform(in: 0...6),
        ]
        grain = random.uniform(in: 0.01...0.06)
    }

    func color(x: Float, y: Float) -> Color {
        var color = background(x, y)
        let from = SIMD2(x, y) - center
        if let bloom = label == 4 ? tulip(from) : disc(from) {
            color = bloom
        } else if let stalk = stalk(x, y) {
            color = stalk
        }
        return color * (1 + light * (x * cosf(lightAngle) + y * sinf(lightAngle)) * 2)
    }

    private func background(_ x: Float, _ y: Float) -> Color {
        let wave = sinf(x * waves.x + waves.z) * sinf(y * waves.y + waves.w)
        let mix = max(0, min(1, 0.5 - y * 0.6 + 0.3 * wave))
        return ground + (groundFar - ground) * mix
    }

    private func stalk(_ x: Float, _ y: Float) -> Color? {
        let bend = 0.06 * sinf((y - center.y) * 3 + waves.z)
        let width: Float = label == 1 ? 0.014 : 0.022
        let distance = abs(x - center.x - bend)
        if y > center.y, distance < width { return stem * (1.15 - 12 * distance) }
        guard label == 4 || label == 2, y > center.y + radius else { return nil }
        // Two long leaves beside the stem.
        let leaf = abs(x - center.x) - 0.5 * (y - center.y - radius)
        return abs(leaf) < 0.035 ? stem * (0.85 + 4 * abs(leaf)) : nil
    }

    /// Colour of a bloom seen from the front, petals around a heart; nil outside it.
    private func disc(_ from: SIMD2<Float>) -> Color? {
        let r = (from.x * from.x + from.y * from.y).squareRoot() / radius
        guard r < 1 else { return nil }
        let angle = atan2f(from.y, from.x) + turn
        switch label {
        case 1:
            // A ball of fine rays whose tips fray.
            let ray = cosf(angle * petals + 9 * r)
            guard r < 0.9 + 0.1 * ray else { return nil }
            if r < 0.16 { return heart }
            return petalEdge + (petal - petalEdge) * (0.5 + 0.5 * ray) * (1.1 - 0.4 * r)
        case 2:
            // Whorls: petal edges along a spiral that slows towards the outside.
            let spiral = angle + 7 * r.squareRoot()
            let whorl = 0.5 + 0.5 * sinf(spiral * 2 + 18 * r)
            guard r < 0.90 + 0.1 * cosf(angle * petals) else { return nil }
            return (heart + (petal - heart) * min(1, 0.25 + r)) * (0.62 + 0.38 * whorl)
        default:
            let core: Float = label == 0 ? 0.27 : 0.46
            if r < core {
                let dots = 0.8 + 0.2 * sinf(from.x * 260) * sinf(from.y * 260)
                return heart * dots * (1.1 - 0.3 * r / core)
            }
            let across = cosf(angle * petals)
            let reach = label == 0 ? 0.80 + 0.2 * across : 0.72 + 0.28 * across
            // The background shows between two petals.
            guard r < reach, across > -0.75 + 0.6 * (r - core) else { return nil }
            return petalEdge + (petal - petalEdge) * (0.5 + 0.5 * across)
        }
    }

    /// Colour of a cup seen from the side, three overlapping petals; nil outside it.
    private func tulip(_ from: SIMD2<Float>) -> Color? {
        let (x, y) = (from.x / radius, from.y / radius)
        guard y > -1, y < 0.75 else { return nil }
        let width = y > 0 ? 0.68 * (1 - (y / 0.75) * (y / 0.75)).squareRoot() : 0.68 - 0.1 * y * y
        let rim = -0.62 - 0.32 * abs(sinf(x * 4.6 + 1.57))
        guard abs(x) < width, y > rim else { return nil }
        let middle = abs(x) < 0.3 * (1 - 0.4 * y * y)
        let fold = middle ? 1 - 0.35 * abs(x) : 0.8 - 0.2 * abs(x)
        let streak = 0.94 + 0.06 * sinf(x * 60 + y * 8)
        return (petalEdge + (petal - petalEdge) * (middle ? 1 : 0.55)) * fold * streak
    }
}
