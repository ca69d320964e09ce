import Basics
import Canvas
import Foundation

/// Class balance, sizes and formats of a folder's photos, read from their headers without decoding.
package struct DataStatistics: Codable, Sendable, Equatable {
    package struct ClassCount: Codable, Sendable, Equatable {
        package var name: String
        /// Photos with a readable header.
        package var photos: Int
        /// Fraction of all photos, 0…1.
        package var share: Double
    }

    /// Path of the folder.
    package var data: String
    package var photos: Int
    /// Listed files without a readable header.
    package var unreadable: Int
    /// Listed files that the exclusion list names.
    package var excluded: Int
    /// In the folder's class order.
    package var classes: [ClassCount]
    /// Ratio of the largest class to the smallest; nil without classes or with an empty one.
    package var imbalance: Double?
    /// Width over height, in bins of equal ratio.
    package var aspects: Histogram
    /// Sides in pixels, in bins of equal ratio.
    package var widths: Histogram
    package var heights: Histogram
    /// File sizes in bytes, in bins of equal ratio.
    package var bytes: Histogram
    package var formats: [String: Int]
    package var colorModes: [String: Int]
    /// Photos that EXIF says are to be turned, in the order of `classes`; nil if there are none.
    package var turned: [Int]?
    /// Number of files that are not read, by format; nil if there are none.
    package var others: [String: Int]?
    /// Problems of the folder; not part of the JSON form.
    package var problems: [DatasetProblem] = []

    private enum CodingKeys: CodingKey {
        case data, photos, unreadable, excluded, classes, imbalance, aspects, widths, heights, bytes, formats
        case colorModes, turned, others
    }

    /// Reads the headers of a folder's photos.
    ///
    /// - Parameters:
    ///   - path: a folder with one folder of photos per class; it may be empty.
    ///   - reading: decides which files are photos.
    ///   - isDivided: whether the folder holds the folders `train`, `val` and `test`, whose photos count
    ///     together.
    ///   - isBackground: runs the workers at the lowest priority.
    ///   - progress: called on worker threads.
    /// - Throws: `PhotoFolderFailure` if the folder cannot be listed; `CancellationError`.
    package init(
        path: String, reading: PhotoReading = PhotoReading(), isDivided: Bool = false,
        exclusions: ExclusionList = ExclusionList(), threads: Int? = nil,
        isBackground: Bool = false,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws {
        let folder =
            try isDivided
            ? ImageFolder(divided: path, reading) : ImageFolder(path: path, reading, isForTraining: false)
        let files = folder.files.filter { !exclusions.contains($0.path) }
        let headers = HeaderTable(count: files.count)
        let pool = WorkerPool(count: threads ?? WorkerPool.coreCount, isBackground: isBackground)
        defer { pool.close() }
        let next = AtomicCounter()
        pool.run { _ in
            let decoder = PhotoDecoder(reading)
            while case let index = next.increment(), index < files.count, !isCancelled() {
                let entry = PixelFile.Entry(path: files[index].path, in: path)
                let header = Result { try decoder.header(path: "\(path)/\(files[index].path)") }
                progress(headers.set(index, header, bytes: entry.bytes), files.count)
            }
        }
        if isCancelled() { throw CancellationError() }
        let read = headers.list
        let known = zip(files, read).compactMap { file, entry in
            (try? entry?.header.get()).map { (label: file.label, header: $0, bytes: entry!.bytes) }
        }
        data = path
        (photos, unreadable, excluded) = (
            known.count, files.count - known.count, folder.files.count - files.count
        )
        var counts = [Int](repeating: 0, count: folder.classes.count)
        for photo in known { counts[photo.label] += 1 }
        let total = Double(max(known.count, 1))
        classes = zip(folder.classes, counts).map {
            ClassCount(name: $0, photos: $1, share: Double($1) / total)
        }
        imbalance = counts.min().flatMap { least in least > 0 ? Double(counts.max()!) / Double(least) : nil }
        aspects = Histogram(known.map { Double($0.header.width) / Double($0.header.height) }, bins: 16)
        widths = Histogram(known.map { Double($0.header.width) }, bins: 16)
        heights = Histogram(known.map { Double($0.header.height) }, bins: 16)
        bytes = Histogram(known.map { Double(max($0.bytes, 1)) }, bins: 16)
        formats = Dictionary(known.map { ($0.header.format.rawValue, 1) }, uniquingKeysWith: +)
        colorModes = Dictionary(known.map { ($0.header.colorMode.rawValue, 1) }, uniquingKeysWith: +)
        let skipped = zip(files, read).compactMap { file, entry -> SkippedPhoto? in
            guard case .failure(let error) = entry?.header, let fault = error as? PhotoFault else {
                return nil
            }
            return SkippedPhoto(file: file.path, fault: fault, kind: fault.kind)
        }
        var turnedCounts = [Int](repeating: 0, count: folder.classes.count)
        for photo in known where photo.header.orientation != .upright { turnedCounts[photo.label] += 1 }
        let isTurned = turnedCounts.contains { $0 > 0 }
        turned = isTurned ? turnedCounts : nil
        var leftOut = folder.leftOut
        leftOut.emptyClasses += zip(folder.classes, counts).filter { $1 == 0 }.map(\.0)
        problems =
            DatasetProblem.found(in: leftOut, skipped: skipped)
            + DatasetProblem.found(among: folder.classes, counts: counts)
        var tally = Tally()
        for (name, count) in zip(folder.classes, turnedCounts) where count > 0 { tally.add(name, count) }
        if isTurned { problems.append(.turnedPhotos(tally)) }
        let formats = problems.flatMap { problem -> [(name: String, count: Int)] in
            switch problem {
            case .otherFiles(let files), .filesOfKerasOnly(let files): files.byKind.sorted
            default: []
            }
        }
        others = formats.isEmpty ? nil : Dictionary(formats.map { ($0.name, $0.count) }, uniquingKeysWith: +)
    }
}

/// A histogram of positive values in bins of equal ratio, from the least to the greatest.
package struct Histogram: Codable, Sendable, Equatable {
    package struct Bin: Codable, Sendable, Equatable {
        /// Inclusive; `upper` is exclusive except in the last bin.
        package var lower: Double
        package var upper: Double
        package var count: Int
    }

    /// Empty without values; a single bin if all values are equal.
    package var bins: [Bin]
    /// Nil without values.
    package var least: Double?
    package var median: Double?
    package var greatest: Double?

    /// - Parameter values: above 0.
    package init(_ values: [Double], bins count: Int) {
        let sorted = values.sorted()
        (least, median, greatest) = (
            sorted.first, sorted.isEmpty ? nil : sorted[sorted.count / 2], sorted.last
        )
        guard let least = sorted.first, let greatest = sorted.last else {
            bins = []
            return
        }
        guard least > 0, greatest > least, count > 1 else {
            bins = [Bin(lower: least, upper: greatest, count: sorted.count)]
            return
        }
        let ratio = pow(greatest / least, 1 / Double(count))
        var bins = (0..<count).map { bin in
            Bin(
                lower: bin == 0 ? least : least * pow(ratio, Double(bin)),
                upper: bin == count - 1 ? greatest : least * pow(ratio, Double(bin + 1)), count: 0)
        }
        var bin = 0
        for value in sorted {
            while bin < count - 1, value >= bins[bin].upper { bin += 1 }
            bins[bin].count += 1
        }
        self.bins = bins
    }
}

/// The headers that the workers have read, by file index.
private final class HeaderTable: @unchecked Sendable {
    // Unchecked: `lock` guards every variable.
    private let lock = NSLock()
    private var entries: [(header: Result<PhotoHeader, any Error>, bytes: Int)?]
    private var done = 0

    init(count: Int) { entries = Array(repeating: nil, count: count) }

    var list: [(header: Result<PhotoHeader, any Error>, bytes: Int)?] { lock.withLock { entries } }

    /// - Returns: files done so far.
    func set(_ index: Int, _ header: Result<PhotoHeader, any Error>, bytes: Int) -> Int {
        lock.withLock {
            entries[index] = (header, bytes)
            done += 1
            return done
        }
    }
}
