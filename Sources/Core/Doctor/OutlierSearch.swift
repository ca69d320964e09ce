import Basics

/// A search for photos far from all others of their class, by the distance to their nearest
/// neighbours there (Ramaswamy et al. 2000, "Efficient Algorithms for Mining Outliers from Large
/// Data Sets").
struct OutlierSearch {
    static let neighbors = 3
    /// Robust deviations (1.4826 · median absolute deviation) above the class's median from which a
    /// photo is an outlier.
    static let limit: Float = 2.75
    /// Classes with fewer photos have no typical distance.
    static let leastPhotos = 20

    struct Outlier: Equatable {
        var photo: Int
        /// Mean cosine distance to the nearest photos of its class.
        var distance: Float
        /// Median of that distance in the class.
        var median: Float
        /// Robust deviations above the median.
        var deviations: Float
    }

    /// Returns the outliers, farthest first.
    ///
    /// - Parameter rows: each photo's row in `features`.
    /// - Throws: `CancellationError`.
    static func outliers(
        _ features: FeatureMatrix, rows: [Int], labels: [Int], classes: Int, pool: WorkerPool,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [Outlier] {
        var members = [[Int]](repeating: [], count: classes)
        for (photo, label) in labels.enumerated() { members[label].append(photo) }
        var outliers: [Outlier] = []
        for photos in members where photos.count >= leastPhotos {
            let near = try FeatureNeighbors(
                features, rows: photos.map { rows[$0] }, pool: pool, isCancelled: isCancelled)
            let distances = photos.indices.map { place in
                let nearest = near.of(place).prefix(neighbors)
                return 1 - nearest.reduce(0) { $0 + $1.cosine } / Float(max(nearest.count, 1))
            }
            let median = median(of: distances)
            let deviation = 1.4826 * self.median(of: distances.map { abs($0 - median) })
            guard deviation > 0 else { continue }
            for (photo, distance) in zip(photos, distances) where distance - median >= limit * deviation {
                outliers.append(
                    Outlier(
                        photo: photo, distance: distance, median: median,
                        deviations: (distance - median) / deviation))
            }
        }
        return outliers.sorted { ($1.deviations, $0.photo) < ($0.deviations, $1.photo) }
    }

    private static func median(of values: [Float]) -> Float { values.sorted()[values.count / 2] }
}
