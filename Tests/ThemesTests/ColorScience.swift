import Canvas
import Foundation

/// Contrast and distance of colours, for the tests of themes.
enum ColorScience {
    /// Linear RGB of an sRGB colour; nil for colours that the terminal defines.
    static func linear(_ color: Color) -> SIMD3<Double>? {
        guard case .rgb(let r, let g, let b) = color else { return nil }
        func channel(_ value: UInt8) -> Double {
            let v = Double(value) / 255
            return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)
        }
        return SIMD3(channel(r), channel(g), channel(b))
    }

    /// WCAG 2's contrast ratio, from 1 to 21.
    static func contrast(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
        func luminance(_ c: SIMD3<Double>) -> Double { 0.2126 * c.x + 0.7152 * c.y + 0.0722 * c.z }
        let (x, y) = (luminance(a), luminance(b))
        return (max(x, y) + 0.05) / (min(x, y) + 0.05)
    }

    /// Linear RGB as seen with deuteranopia (Machado, Oliveira and Fernandes 2009, severity 1).
    static func deuteranopia(_ c: SIMD3<Double>) -> SIMD3<Double> {
        let seen = SIMD3(
            0.367322 * c.x + 0.860646 * c.y - 0.227968 * c.z,
            0.280085 * c.x + 0.672501 * c.y + 0.047413 * c.z,
            -0.011820 * c.x + 0.042940 * c.y + 0.968881 * c.z)
        return seen.clamped(lowerBound: SIMD3(repeating: 0), upperBound: SIMD3(repeating: 1))
    }

    /// CIE L*a*b* for the white point D65.
    static func lab(_ c: SIMD3<Double>) -> SIMD3<Double> {
        func f(_ t: Double) -> Double { t > 0.008856 ? cbrt(t) : 7.787 * t + 16 / 116 }
        let x = f((0.4124 * c.x + 0.3576 * c.y + 0.1805 * c.z) / 0.95047)
        let y = f(0.2126 * c.x + 0.7152 * c.y + 0.0722 * c.z)
        let z = f((0.0193 * c.x + 0.1192 * c.y + 0.9505 * c.z) / 1.08883)
        return SIMD3(116 * y - 16, 500 * (x - y), 200 * (y - z))
    }

    /// CIE 1976 ΔE.
    static func distance(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
        let d = a - b
        return (d * d).sum().squareRoot()
    }
}
