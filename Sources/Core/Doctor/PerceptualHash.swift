import Foundation

/// A 63-bit perceptual hash, which survives scaling, recompression and small changes of light.
///
/// The luminance is averaged to 32×32. Bit v·8+u tells whether coefficient u across and v down of
/// its discrete cosine transform, both below 8, lies above the median of all. The mean (u = v = 0)
/// is left out, so bit 0 is 0. (Zauner 2010, "Implementation and Benchmarking of Perceptual Image
/// Hash Functions".)
struct PerceptualHash: Equatable {
    static let side = 32
    private static let kept = 8

    var bits: UInt64
    /// Hash of the mirrored picture.
    var mirrored: UInt64

    /// - Parameter luminance: `side`·`side` values, rows from the top.
    init(luminance: [Float]) {
        precondition(luminance.count == Self.side * Self.side, "\(luminance.count) values")
        // Rows first: [y][u], then columns: [v][u].
        var rows = [Float](repeating: 0, count: Self.side * Self.kept)
        for y in 0..<Self.side {
            for u in 0..<Self.kept {
                for x in 0..<Self.side {
                    rows[y * Self.kept + u] += luminance[y * Self.side + x] * Self.cosines[u * Self.side + x]
                }
            }
        }
        var coefficients = [Float](repeating: 0, count: Self.kept * Self.kept)
        for v in 0..<Self.kept {
            for u in 0..<Self.kept {
                for y in 0..<Self.side {
                    coefficients[v * Self.kept + u] +=
                        rows[y * Self.kept + u] * Self.cosines[v * Self.side + y]
                }
            }
        }
        bits = Self.threshold(coefficients)
        // Mirroring negates the coefficients with odd u.
        for i in coefficients.indices where i % 2 == 1 { coefficients[i].negate() }
        mirrored = Self.threshold(coefficients)
    }

    private static func threshold(_ coefficients: [Float]) -> UInt64 {
        let median = coefficients.dropFirst().sorted()[(coefficients.count - 1) / 2]
        return coefficients.indices.dropFirst().reduce(0) {
            $0 | (coefficients[$1] > median ? 1 << UInt64($1) : 0)
        }
    }

    /// cos(π·(2x+1)·u / 2N) at u·N+x.
    private static let cosines: [Float] = (0..<kept * side).map { index in
        let (u, x) = (index / side, index % side)
        return Float(cos(Double.pi * Double((2 * x + 1) * u) / Double(2 * side)))
    }

    /// Returns the number of bits that differ.
    static func distance(_ a: UInt64, _ b: UInt64) -> Int { (a ^ b).nonzeroBitCount }
}

/// An index that finds hashes differing in few bits without comparing all pairs: two that differ in
/// at most `reach` bits agree in at least one of `reach` + 1 bands (Norouzi et al. 2012, "Fast
/// Search in Hamming Space with Multi-Index Hashing").
struct HashIndex {
    /// Distance up to which hashes are found reliably; some farther ones are found as well.
    static let reach = 7

    private let hashes: [UInt64]
    /// Indices of the hashes, by band and by each of its 256 values.
    private var buckets: [[Int32]]
    /// Maximum number of hashes searched per value; far more plain pictures may share one.
    private static let crowd = 4096

    init(_ hashes: [UInt64]) {
        self.hashes = hashes
        buckets = Array(repeating: [], count: (Self.reach + 1) * 256)
        for (index, hash) in hashes.enumerated() {
            for band in 0...Self.reach { buckets[Self.bucket(hash, band)].append(Int32(index)) }
        }
    }

    private static func bucket(_ hash: UInt64, _ band: Int) -> Int {
        band * 256 + Int(hash >> UInt64(8 * band) & 0xff)
    }

    /// Calls `found` for indices that share a band with `hash` and differ from it in at most
    /// `distance` bits, for some more than once.
    func search(_ hash: UInt64, distance: Int, _ found: (_ index: Int, _ distance: Int) -> Void) {
        for band in 0...Self.reach {
            for index in buckets[Self.bucket(hash, band)].prefix(Self.crowd) {
                let difference = PerceptualHash.distance(hash, hashes[Int(index)])
                if difference <= distance { found(Int(index), difference) }
            }
        }
    }
}
