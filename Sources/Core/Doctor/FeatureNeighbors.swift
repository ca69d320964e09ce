import Basics
import COpenBLAS
import Foundation

/// The nearest photos of each photo by the cosine of their features.
///
/// Exact up to `exactLimit` photos. Beyond that, photos are assigned to cells by spherical k-means
/// and only the nearest cells are searched, so that the time grows far more slowly than with the
/// square of their number.
struct FeatureNeighbors {
    /// Maximum number of neighbours per photo.
    static let most = 10
    static let exactLimit = 8192
    private static let cellSize = 512
    private static let probes = 8
    private static let rounds = 5

    private let indices: [Int32]
    private let cosines: [Float]

    /// - Parameters:
    ///   - rows: each photo's row in `features`; photos are identified by their index in it.
    ///   - exactLimit: for tests.
    /// - Throws: `CancellationError`.
    init(
        _ features: FeatureMatrix, rows: [Int], pool: WorkerPool, exactLimit: Int = exactLimit,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        let table = NeighborTable(count: rows.count)
        let unit = UnitRows(features, rows)
        let all = Array(rows.indices)
        let size = Self.cellSize
        if rows.count <= exactLimit {
            let blocks = stride(from: 0, to: rows.count, by: 128).map {
                Array(all[$0..<min($0 + 128, rows.count)])
            }
            pool.forEach(blocks.count) { block, _ in
                if !isCancelled() { table.search(blocks[block], among: all, unit) }
            }
        } else {
            let cells = Self.cells(unit, count: rows.count / size, pool, isCancelled)
            pool.forEach(cells.members.count) { cell, _ in
                if isCancelled() { return }
                let among = cells.nearest(to: cell, count: Self.probes).flatMap { cells.members[$0] }
                table.search(cells.members[cell], among: among, unit)
            }
        }
        if isCancelled() { throw CancellationError() }
        (indices, cosines) = (table.indices, table.cosines)
    }

    /// Returns the neighbours of a photo, nearest first.
    func of(_ photo: Int) -> [(photo: Int, cosine: Float)] {
        let range = photo * Self.most..<(photo + 1) * Self.most
        return range.filter { indices[$0] >= 0 }.map { (Int(indices[$0]), cosines[$0]) }
    }

    // MARK: Cells

    private struct Cells {
        var members: [[Int]]
        /// Unit vectors, [cells, channels].
        var centres: [Float]

        func nearest(to cell: Int, count: Int) -> [Int] {
            let channels = centres.count / members.count
            let cosines = centres.withUnsafeBufferPointer { centres in
                members.indices.map { other in
                    cblas_sdot(
                        blasint(channels), centres.baseAddress! + cell * channels, 1,
                        centres.baseAddress! + other * channels, 1)
                }
            }
            return Array(members.indices.sorted { cosines[$0] > cosines[$1] }.prefix(count))
        }
    }

    private static func cells(
        _ unit: UnitRows, count: Int, _ pool: WorkerPool, _ isCancelled: @escaping @Sendable () -> Bool
    ) -> Cells {
        let channels = unit.channels
        let step = max(1, unit.count / (count * 32))
        let sample = Array(stride(from: 0, to: unit.count, by: step))
        var centres = [Float](unsafeUninitializedCapacity: count * channels) { buffer, filled in
            unit.write((0..<count).map { sample[$0 * sample.count / count] }, to: buffer.baseAddress!)
            filled = count * channels
        }
        for _ in 0..<rounds where !isCancelled() {
            let nearest = nearestCentres(unit, sample, centres, pool)
            var sums = [Float](repeating: 0, count: count * channels)
            let row = Buffer(count: channels)
            sums.withUnsafeMutableBufferPointer { sums in
                for (photo, cell) in zip(sample, nearest) {
                    unit.write([photo], to: row.pointer)
                    cblas_saxpy(blasint(channels), 1, row.pointer, 1, sums.baseAddress! + cell * channels, 1)
                }
                for cell in 0..<count {
                    let sum = sums.baseAddress! + cell * channels
                    let norm = cblas_snrm2(blasint(channels), sum, 1)
                    if norm > 0 { cblas_sscal(blasint(channels), 1 / norm, sum, 1) }
                }
            }
            // A centre that is nearest to no photo stays where it was.
            for cell in Set(0..<count).subtracting(nearest) {
                sums.replaceSubrange(
                    cell * channels..<(cell + 1) * channels,
                    with: centres[cell * channels..<(cell + 1) * channels])
            }
            centres = sums
        }
        var members = [[Int]](repeating: [], count: count)
        for (photo, cell) in nearestCentres(unit, Array(0..<unit.count), centres, pool).enumerated() {
            members[cell].append(photo)
        }
        return Cells(members: members, centres: centres)
    }

    private static func nearestCentres(
        _ unit: UnitRows, _ photos: [Int], _ centres: [Float], _ pool: WorkerPool
    ) -> [Int] {
        let channels = unit.channels
        let count = centres.count / channels
        let block = 128
        var nearest = [Int](repeating: 0, count: photos.count)
        nearest.withUnsafeMutableBufferPointer { nearest in
            let nearest = nearest.baseAddress!
            centres.withUnsafeBufferPointer { centres in
                let centres = centres.baseAddress!
                pool.forEach((photos.count + block - 1) / block) { item, _ in
                    let range = item * block..<min(photos.count, (item + 1) * block)
                    let (rows, products) = (Buffer(count: block * channels), Buffer(count: block * count))
                    unit.write(Array(photos[range]), to: rows.pointer)
                    unit.multiply(rows.pointer, range.count, centres, count, into: products.pointer)
                    for (i, photo) in range.enumerated() {
                        let row = products.pointer + i * count
                        nearest[photo] = (1..<max(count, 1)).reduce(0) { row[$1] > row[$0] ? $1 : $0 }
                    }
                }
            }
        }
        return nearest
    }
}

/// Rows of a feature matrix, scaled to unit length.
private struct UnitRows {
    private let features: FeatureMatrix
    private let rows: [Int]
    private let scales: [Float]
    var count: Int { rows.count }
    var channels: Int { features.channels }

    init(_ features: FeatureMatrix, _ rows: [Int]) {
        (self.features, self.rows) = (features, rows)
        scales = rows.map {
            1 / max(cblas_snrm2(blasint(features.channels), features.row($0), 1), .leastNormalMagnitude)
        }
    }

    func write(_ photos: [Int], to target: UnsafeMutablePointer<Float>) {
        for (i, photo) in photos.enumerated() {
            let (source, scale, row) = (features.row(rows[photo]), scales[photo], target + i * channels)
            for c in 0..<channels { row[c] = source[c] * scale }
        }
    }

    /// Computes [m, channels] · [n, channels]ᵀ into [m, n].
    func multiply(
        _ a: UnsafePointer<Float>, _ m: Int, _ b: UnsafePointer<Float>, _ n: Int,
        into product: UnsafeMutablePointer<Float>
    ) {
        let channels = blasint(channels)
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, blasint(m), blasint(n), channels, 1, a, channels, b,
            channels, 0,
            product, blasint(n))
    }
}

/// The nearest neighbours found so far. Each photo is a query of one search only.
private final class NeighborTable: @unchecked Sendable {
    // Unchecked: concurrent searches query different photos and so write to different places. Both
    // arrays are allocated here for `count` values and freed with the table.
    private let storage: UnsafeMutablePointer<Int32>
    private let values: UnsafeMutablePointer<Float>
    private let count: Int

    init(count: Int) {
        self.count = count * FeatureNeighbors.most
        storage = .allocate(capacity: max(self.count, 1))
        values = .allocate(capacity: max(self.count, 1))
        storage.initialize(repeating: -1, count: self.count)
        values.initialize(repeating: -.infinity, count: self.count)
    }

    deinit {
        storage.deallocate()
        values.deallocate()
    }

    var indices: [Int32] { Array(UnsafeBufferPointer(start: storage, count: count)) }
    var cosines: [Float] { Array(UnsafeBufferPointer(start: values, count: count)) }

    func search(_ photos: [Int], among candidates: [Int], _ unit: UnitRows) {
        let (channels, block) = (unit.channels, 512)
        let queries = Buffer(count: photos.count * channels)
        let others = Buffer(count: block * channels)
        let products = Buffer(count: photos.count * block)
        unit.write(photos, to: queries.pointer)
        for start in stride(from: 0, to: candidates.count, by: block) {
            let part = Array(candidates[start..<min(start + block, candidates.count)])
            unit.write(part, to: others.pointer)
            unit.multiply(
                queries.pointer, photos.count, others.pointer, part.count, into: products.pointer)
            for (i, photo) in photos.enumerated() {
                let row = products.pointer + i * part.count
                for (j, other) in part.enumerated() where other != photo { insert(other, row[j], of: photo) }
            }
        }
    }

    private func insert(_ other: Int, _ cosine: Float, of photo: Int) {
        let most = FeatureNeighbors.most
        let (indices, cosines) = (storage + photo * most, values + photo * most)
        guard cosine > cosines[most - 1] else { return }
        var place = most - 1
        while place > 0, cosines[place - 1] < cosine {
            (indices[place], cosines[place]) = (indices[place - 1], cosines[place - 1])
            place -= 1
        }
        (indices[place], cosines[place]) = (Int32(other), cosine)
    }
}
