import COpenBLAS

/// The features of photos in a plane: their two principal components, along which they differ most.
/// Photos that the network sees as alike lie close together.
///
/// Computed by orthogonal iteration from a fixed start, so the same features give the same plane;
/// each axis points where its largest weight is positive.
package struct FeatureProjection: Sendable, Equatable {
    package struct Point: Sendable, Equatable {
        /// Index into `DatasetSummary.photos`.
        package var photo: Int
        /// Distances from the mean along the two axes.
        package var x: Float
        package var y: Float

        package init(photo: Int, x: Float, y: Float) { (self.photo, self.x, self.y) = (photo, x, y) }
    }

    package let points: [Point]
    /// Fraction of the features' variance that the two axes hold, 0…1.
    package let explained: Double

    package init(points: [Point], explained: Double) { (self.points, self.explained) = (points, explained) }

    /// Iterations; the axes settle to what a screen can show well before.
    private static let rounds = 60

    /// - Parameters:
    ///   - photos: the photos' indices, one per row.
    ///   - values: [photo][channel].
    init(photos: [Int], values: [Float], channels: Int) {
        precondition(values.count == photos.count * channels, "\(values.count) values")
        guard photos.count > 1, channels > 1 else {
            self.init(points: photos.map { Point(photo: $0, x: 0, y: 0) }, explained: 0)
            return
        }
        let rows = Self.centred(values, rows: photos.count, channels: channels)
        let total = rows.reduce(0.0) { $0 + Double($1) * Double($1) }
        // Any start that is not orthogonal to the axes will do.
        var axes = [31, 47].map { (step: Int) -> [Float] in
            (0..<channels).map { channel in Float(channel * step % 101) / 101 - 0.5 }
        }
        var scores = [[Float]](repeating: [], count: 2)
        for _ in 0..<Self.rounds {
            for axis in 0..<2 {
                axes[axis] = Self.product(
                    rows, Self.product(rows, axes[axis], photos.count, channels, transposed: false),
                    photos.count, channels, transposed: true)
            }
            Self.orthonormalise(&axes)
        }
        for axis in 0..<2 {
            let largest = axes[axis].max { abs($0) < abs($1) } ?? 0
            if largest < 0 { axes[axis] = axes[axis].map { -$0 } }
            scores[axis] = Self.product(rows, axes[axis], photos.count, channels, transposed: false)
        }
        let held = scores.joined().reduce(0.0) { $0 + Double($1) * Double($1) }
        self.init(
            points: photos.indices.map { Point(photo: photos[$0], x: scores[0][$0], y: scores[1][$0]) },
            explained: total > 0 ? min(1, held / total) : 0)
    }

    /// Returns the rows without their mean.
    private static func centred(_ values: [Float], rows: Int, channels: Int) -> [Float] {
        var means = [Double](repeating: 0, count: channels)
        for row in 0..<rows { for c in 0..<channels { means[c] += Double(values[row * channels + c]) } }
        var result = values
        for row in 0..<rows {
            for c in 0..<channels { result[row * channels + c] -= Float(means[c] / Double(rows)) }
        }
        return result
    }

    /// Returns the matrix [rows][channels], or its transpose, times a vector.
    private static func product(
        _ matrix: [Float], _ vector: [Float], _ rows: Int, _ channels: Int, transposed: Bool
    ) -> [Float] {
        var result = [Float](repeating: 0, count: transposed ? channels : rows)
        cblas_sgemv(
            CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, blasint(rows), blasint(channels), 1,
            matrix,
            blasint(channels), vector, 1, 0, &result, 1)
        return result
    }

    /// Makes the axes orthogonal and of unit length (Gram–Schmidt); one of no length stays zero.
    private static func orthonormalise(_ axes: inout [[Float]]) {
        for axis in axes.indices {
            for other in axes[..<axis] {
                let along = zip(axes[axis], other).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                axes[axis] = zip(axes[axis], other).map { $0 - Float(along) * $1 }
            }
            let length = axes[axis].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            axes[axis] = axes[axis].map { length > 1e-20 ? Float(Double($0) / length) : 0 }
        }
    }
}

extension PhotoFeatures {
    /// Returns the photos in the plane of their principal components.
    ///
    /// - Parameter photos: the index of each of `files` in `DatasetSummary.photos`.
    package func projection(_ photos: [Int]) -> FeatureProjection {
        precondition(photos.count == files.count, "\(photos.count) indices for \(files.count) photos")
        return FeatureProjection(photos: photos, values: values, channels: channels)
    }
}
