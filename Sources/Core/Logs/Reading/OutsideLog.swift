import Basics
import Foundation
import Photos
package import Recipes

/// A log of another program as a run for the charts: a TensorBoard event file, a folder of them, or a
/// table with a column `epoch`, such as Keras' CSVLogger writes.
///
/// Its losses, accuracies and learning rates are found by their names (`SeriesChoice`).
package struct OutsideLog: Sendable {
    /// The last part of its path.
    package let name: String
    /// The end of each epoch; NaN where the log has no value. Each is preceded by one batch, which
    /// carries the learning rate alone.
    package let events: [TrainerEvent]
    /// Files that were read up to their damage.
    package let warnings: [LogWarning]

    /// Largest file that is read, in bytes, and the most files of a folder, their newest by name.
    static let longestFile = 256 << 20
    private static let mostFiles = 1000
    private static let deepestFolder = 4

    /// - Parameter path: a `PathText`.
    /// - Throws: `LogFailure` if nothing can be drawn.
    package init(path: String) throws {
        guard let status = PathText.status(path) else { throw LogFailure.missing(path) }
        var found = Found()
        if status.st_mode & S_IFMT == S_IFDIR {
            try found.readFolder(path)
        } else {
            try found.readFile(path)
        }
        warnings = found.warnings
        guard let choice = SeriesChoice(found.series.map { $0 }, countsEpochs: found.isTable) else {
            // A file that holds nothing because of its damage is better told so.
            if found.series.isEmpty, let warning = found.warnings.first {
                throw LogFailure.damaged(warning.path, warning.damage)
            }
            throw LogFailure.noUsableValues(path, names: found.series.map(\.name))
        }
        events = choice.events
        name = Self.name(path)
    }

    /// A name that is not taken for the number of a run of ours.
    private static func name(_ path: String) -> String {
        let parts = URL(fileURLWithPath: path).standardizedFileURL.pathComponents.filter { $0 != "/" }
        guard let last = parts.last else { return path }
        return last.allSatisfy(\.isNumber) ? parts.suffix(2).joined(separator: "/") : last
    }

    /// The values found so far.
    private struct Found {
        var series: [Series] = []
        var warnings: [LogWarning] = []
        var isTable = false
        private var places: [String: Int] = [:]

        mutating func readFolder(_ path: String) throws {
            var files: [(path: String, group: String)] = []
            var pending = [(path: path, group: "")]
            while let folder = pending.popLast() {
                guard let entries = FileCalls.entries(of: folder.path) else {
                    throw LogFailure.cannotBeRead(folder.path)
                }
                for entry in entries {
                    let below = "\(folder.path)/\(entry.name)"
                    if entry.isFolder {
                        let group = folder.group.isEmpty ? entry.name : "\(folder.group)/\(entry.name)"
                        if !entry.isLink, group.split(separator: "/").count <= deepestFolder {
                            pending.append((below, group))
                        }
                    } else if entry.name.contains("tfevents") {
                        files.append((below, folder.group))
                    }
                }
            }
            if files.isEmpty { throw LogFailure.emptyFolder(path) }
            for file in files.sorted(by: { $0.path < $1.path }).suffix(mostFiles) {
                readEvents(try OutsideLog.contents(file.path), file.path, group: file.group)
            }
        }

        mutating func readFile(_ path: String) throws {
            let bytes = try OutsideLog.contents(path)
            var reader = TFRecord.Reader(bytes)
            if path.contains("tfevents") || reader.next() != nil {
                return readEvents(bytes, path, group: "")
            }
            guard let table = EpochTable(String(decoding: bytes, as: UTF8.self)) else {
                throw LogFailure.unknown(path)
            }
            (series, isTable) = (table.series, true)
            if let line = table.wrongLine { warnings.append(LogWarning(path, .wrongRow(line: line))) }
        }

        private mutating func readEvents(_ bytes: [UInt8], _ path: String, group: String) {
            let reader = EventReader(bytes)
            if let damage = reader.damage { warnings.append(LogWarning(path, damage)) }
            for value in reader.values {
                guard let scalar = value.scalar else { continue }
                let key = "\(group)\n\(value.tag)"
                let place = places[key] ?? series.count
                if place == series.count {
                    series.append(Series(group: group, tag: value.tag))
                    places[key] = place
                }
                series[place].add(scalar, step: value.step)
            }
        }
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        do {
            return [UInt8](try BoundedFile.read(path, limit: longestFile))
        } catch BoundedFile.Failure.tooLarge {
            throw LogFailure.tooLarge(path, mebibytes: longestFile >> 20)
        } catch {
            throw LogFailure.cannotBeRead(path)
        }
    }
}

/// The values of a log under one name, by ascending step.
struct Series: Sendable {
    /// The folder of its file, relative to the log; Keras' `train` and `validation`.
    var group: String
    var tag: String
    private(set) var values: [(step: Int, value: Double)] = []

    init(group: String, tag: String) { (self.group, self.tag) = (group, tag) }

    var name: String { group.isEmpty ? tag : "\(group)/\(tag)" }

    /// Adds a value. One at a step that is not the highest begins the series anew from there, as when
    /// a training was taken up again.
    mutating func add(_ value: Double, step: Int) {
        while let last = values.last, last.step >= step { values.removeLast() }
        values.append((step, value))
    }
}
