package import Basics
package import Foundation

/// A folder of photos and its display name.
package struct ResolvedPhotos: Sendable, Equatable {
    package var directory: String
    /// Display name: `flower_photos`, `synthetic demo flowers`.
    package var name: String
    /// Whether the photos are generated.
    package var synthetic: Bool
}

/// Finds the photos: in the user's folder, else in the cache, else in the official
/// `flower_photos.tgz`, else generates the synthetic demo flowers.
package struct PhotosSource {
    package static let url = URL(
        string: "https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz")!
    /// Number of photos of each class in the official archive.
    package static let counts = [
        "daisy": 633, "dandelion": 898, "roses": 641, "sunflowers": 699, "tulips": 799,
    ]
    static let syntheticName = "synthetic demo flowers"

    var cache: String
    var url: URL
    var counts: [String: Int]
    var patience: TimeInterval

    /// - Parameter cache: the cache folder (`Home.cachePath()`).
    package init(cache: String = Home.cachePath(), patience: TimeInterval = 8) {
        self.init(cache: cache, url: Self.url, counts: Self.counts, patience: patience)
    }

    init(cache: String, url: URL, counts: [String: Int], patience: TimeInterval = 8) {
        (self.cache, self.url, self.counts, self.patience) = (cache, url, counts, patience)
    }

    /// Finds, downloads and checks the photos.
    ///
    /// - Parameter directory: the user's folder: used or rejected, never skipped.
    /// - Throws: a `Failure` if `directory` is not a folder or the cache cannot be written;
    ///   `CancellationError` if cancelled.
    package func resolve(directory: String?, report: SourceReport) throws -> ResolvedPhotos {
        if let directory {
            guard let status = PathText.status(directory), status.st_mode & S_IFMT == S_IFDIR else {
                throw PhotoFolderFailure.missing(directory)
            }
            return ResolvedPhotos(
                directory: directory,
                name: URL(fileURLWithPath: directory).standardizedFileURL.lastPathComponent,
                synthetic: false)
        }
        let official = cache + "/photos/flower_photos"
        let found = ResolvedPhotos(directory: official, name: "flower_photos", synthetic: false)
        if FileManager.default.fileExists(atPath: official),
            try report.attempt({ try check(official, official) }) != nil
        {
            return found
        }
        if try report.attempt({ try fetch(to: official, report) }) != nil { return found }
        let demo = try DemoFlowers().prepare(in: cache + "/photos", report: report)
        return ResolvedPhotos(directory: demo, name: Self.syntheticName, synthetic: true)
    }

    private func fetch(to path: String, _ report: SourceReport) throws {
        let parent = PathParts.folder(path)
        try Home.prepare(parent)
        let archive = "\(parent)/.\(UUID().uuidString).tgz.part"
        let unpacked = "\(parent)/.\(UUID().uuidString).part"
        defer {
            unlink(archive)
            try? FileManager.default.removeItem(atPath: unpacked)
        }
        let download = Download(report: report, patience: patience)
        try download.fetch(url, to: archive, limit: Download.largestPhotos, phase: .fetchingPhotos)
        try Home.prepare(unpacked)
        let total = counts.values.reduce(0, +)
        do {
            try Archive.extractAll(of: archive, into: unpacked) { files in
                try report.checkCancelled()
                if files % 50 == 0 || files == total {
                    report.progress(
                        Preparation(
                            phase: .unpackingPhotos, done: min(files, total), total: total, unit: .photos))
                }
            }
        } catch var failure as ArchiveFailure {
            failure.archive = url.absoluteString
            throw failure
        }
        let folder = unpacked + "/flower_photos"
        try check(folder, url.absoluteString)
        try Cache.moveFolder(folder, to: path)
    }

    /// Checks the number of photos of each class.
    private func check(_ folder: String, _ name: String) throws {
        let manager = FileManager.default
        for (label, count) in counts.sorted(by: { $0.key < $1.key }) {
            let files = (try? manager.contentsOfDirectory(atPath: "\(folder)/\(label)")) ?? []
            let photos = files.filter { $0.lowercased().hasSuffix(".jpg") }.count
            guard photos == count else {
                throw PhotosSourceFailure.notWhole(
                    name, class: label, photos: photos, expected: count)
            }
        }
    }
}
