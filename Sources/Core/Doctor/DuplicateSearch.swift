import COpenBLAS
import Photos

/// A search for photos that are copies of one another, identical in their pixels or nearly so.
///
/// Copies that were recompressed, scaled, mirrored or relit keep their perceptual hash. For copies
/// that were cropped, and for photos taken a moment apart, hash and features must both be close.
/// The limits were found on the 1,400 flowers with synthetic copies of all these kinds:
/// docs/data-check.md.
struct DuplicateSearch {
    /// Photos as indices into `records`, ascending.
    struct Group: Equatable {
        var photos: [Int]
        /// Whether all have the same pixels.
        var isExact: Bool
        /// Whether its photos may be two shots of one kind of scene rather than copies.
        var isDoubtful = false
        /// Likeness of the least similar pair that joined the group; 1 for identical pixels.
        var similarity: Float
    }

    /// Bits within which two hashes count as the same picture, unless the features disagree.
    static let hashLimit = HashIndex.reach
    /// Least cosine of the features of such a pair. Features are taken relative to their mean over
    /// all photos, because networks differ in how far apart they put pictures as a whole.
    static let leastCosine: Float = 0.15
    /// Other pairs need a cosine − bits/100 of at least this, and at most `widestHash` bits.
    static let leastLikeness: Float = 0.55
    static let widestHash = 24
    /// Such a pair is a copy from this likeness on; below, it is only similar. Pairs within
    /// `hashLimit` bits are copies at any likeness.
    static let surelyCopied: Float = 0.6
    /// With fewer distinct pictures the mean is meaningless, and the hash decides alone.
    static let leastPhotos = 32
    /// Hashes of pictures with less contrast than this are noise.
    static let leastContrast: Float = 3

    /// Returns all groups of two or more copies, and then the pairs of photos, or of groups of copies,
    /// that are only similar.
    ///
    /// - Parameters:
    ///   - records: the records of usable photos.
    ///   - features: the feature matrix; nil compares hashes only.
    ///   - rows: each photo's row in `features`.
    ///   - neighbors: the nearest neighbours of the same photos.
    static func groups(
        _ records: [PhotoRecord], features: FeatureMatrix?, rows: [Int], neighbors: FeatureNeighbors?
    ) -> [Group] {
        var sets = DisjointSets(count: records.count)
        var similar: [(first: Int, second: Int, likeness: Float)] = []
        var firsts: [PixelKey: Int] = [:]
        for (photo, record) in records.enumerated() {
            if let first = firsts[PixelKey(record)] {
                sets.join(first, photo, likeness: 1)
            } else {
                firsts[PixelKey(record)] = photo
            }
        }
        let exact = sets.groups
        let isFirst = records.indices.map { sets.root($0) == $0 }

        let firstRows = records.indices.filter { isFirst[$0] }.map { rows[$0] }
        let centred =
            firstRows.count < leastPhotos ? nil : features.map { CentredFeatures($0, mean: firstRows) }
        let index = HashIndex(records.map(\.hash))
        for (photo, record) in records.enumerated() where isFirst[photo] && record.contrast >= leastContrast {
            for hash in [record.hash, record.mirroredHash] {
                index.search(hash, distance: hashLimit) { other, distance in
                    guard other < photo, isFirst[other], records[other].contrast >= leastContrast else {
                        return
                    }
                    let cosine = centred?.cosine(rows[photo], rows[other])
                    if let cosine, cosine < leastCosine { return }
                    sets.join(
                        other, photo, likeness: (cosine.map { max($0, 0) } ?? 1) * (1 - Float(distance) / 64))
                }
            }
            guard let centred, let neighbors else { continue }
            for (other, _) in neighbors.of(photo) where isFirst[other] {
                let cosine = centred.cosine(rows[photo], rows[other])
                let distance = min(
                    PerceptualHash.distance(record.hash, records[other].hash),
                    PerceptualHash.distance(record.mirroredHash, records[other].hash))
                if distance <= widestHash, cosine - Float(distance) / 100 >= leastLikeness {
                    let likeness = cosine * (1 - Float(distance) / 64)
                    if likeness >= surelyCopied || distance <= hashLimit {
                        sets.join(min(photo, other), max(photo, other), likeness: likeness)
                    } else {
                        similar.append((min(photo, other), max(photo, other), likeness))
                    }
                }
            }
        }
        let exactSets = Set(exact.map(\.members))
        return sets.groups.map {
            Group(photos: $0.members, isExact: exactSets.contains($0.members), similarity: $0.likeness)
        } + pairs(similar, apartFrom: sets)
    }

    /// Returns the pairs that no group of copies holds. Of several between the same two groups, and of
    /// the two directions in which a pair is found, the likest counts.
    private static func pairs(
        _ similar: [(first: Int, second: Int, likeness: Float)], apartFrom sets: DisjointSets
    ) -> [Group] {
        var best: [[Int]: Float] = [:]
        for pair in similar where sets.root(pair.first) != sets.root(pair.second) {
            let roots = [sets.root(pair.first), sets.root(pair.second)].sorted()
            best[roots] = max(best[roots] ?? 0, pair.likeness)
        }
        return best.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            Group(photos: $0.key, isExact: false, isDoubtful: true, similarity: $0.value)
        }
    }

    private struct PixelKey: Hashable {
        let (sum, width, height): (UInt64, Int, Int)

        init(_ record: PhotoRecord) {
            (sum, width, height) = (record.pixelSum, record.header?.width ?? 0, record.header?.height ?? 0)
        }
    }
}

/// Features scaled to unit length, minus their mean.
private struct CentredFeatures {
    private let features: FeatureMatrix
    private let mean: [Float]

    init(_ features: FeatureMatrix, mean rows: [Int]) {
        self.features = features
        let channels = features.channels
        var sums = [Double](repeating: 0, count: channels)
        for row in rows {
            let values = features.row(row)
            let scale = 1 / Double(max(cblas_snrm2(blasint(channels), values, 1), .leastNormalMagnitude))
            for c in 0..<channels { sums[c] += Double(values[c]) * scale }
        }
        mean = sums.map { Float($0 / Double(rows.count)) }
    }

    func cosine(_ a: Int, _ b: Int) -> Float {
        let (x, y, n) = (features.row(a), features.row(b), blasint(features.channels))
        let scaleX = 1 / max(cblas_snrm2(n, x, 1), .leastNormalMagnitude)
        let scaleY = 1 / max(cblas_snrm2(n, y, 1), .leastNormalMagnitude)
        var (product, squareX, squareY) = (0 as Float, 0 as Float, 0 as Float)
        for c in 0..<features.channels {
            let (u, v) = (x[c] * scaleX - mean[c], y[c] * scaleY - mean[c])
            product += u * v
            squareX += u * u
            squareY += v * v
        }
        return product / max((squareX * squareY).squareRoot(), .leastNormalMagnitude)
    }
}

/// Union–find in which the root of a set is its smallest member.
private struct DisjointSets {
    private var parents: [Int]
    private var likeness: [Float]

    init(count: Int) { (parents, likeness) = (Array(0..<count), Array(repeating: 1, count: count)) }

    func root(_ item: Int) -> Int {
        var item = item
        while parents[item] != item { item = parents[item] }
        return item
    }

    mutating func join(_ a: Int, _ b: Int, likeness value: Float) {
        let (a, b) = (root(a), root(b))
        guard a != b else { return }
        parents[max(a, b)] = min(a, b)
        likeness[min(a, b)] = min(likeness[a], likeness[b], value)
    }

    /// Sets of two or more members, ordered by their smallest.
    var groups: [(members: [Int], likeness: Float)] {
        var members: [Int: [Int]] = [:]
        for item in parents.indices { members[root(item), default: []].append(item) }
        return members.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map {
            ($0.value, likeness[$0.key])
        }
    }
}
