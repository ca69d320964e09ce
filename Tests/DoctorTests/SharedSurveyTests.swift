import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Doctor
@testable import Network
@testable import Photos
@testable import Ranks

/// Checks of photos that several ranks make together, here threads of one process.
@Suite(.serialized) struct SharedSurveyTests {
    private let photos: TinyPhotos
    private let planted: PlantedPhotos

    init() throws {
        photos = try TinyPhotos(classes: ["daisy", "roses", "tulips"], perClass: 44)
        planted = try PlantedPhotos(photos.data, seed: 3, mislabeled: 0)
    }

    private func options(_ cache: String) -> DataDoctor.Options {
        var options = DataDoctor.Options(data: planted.data, cache: "\(photos.cache)/\(cache)", threads: 2)
        options.weights = photos.weights
        return options
    }

    private final class Statuses: @unchecked Sendable {
        // Unchecked: `lock` guards the list.
        private let lock = NSLock()
        private var list: [Int: Int32] = [:]

        func note(_ rank: Int, _ status: Int32) { lock.withLock { list[rank] = status } }
        var all: [Int: Int32] { lock.withLock { list } }
    }

    /// Examines a folder on `count` ranks, and dismisses the others with 7.
    ///
    /// - Parameter data: folders of photos by rank; the first rank's for the others.
    private func examine(
        _ count: Int, _ options: DataDoctor.Options, data: [Int: String] = [:], silence: Double = 15,
        progress: @escaping @Sendable ([MemoryTransport], Preparation) -> Void = { _, _ in }
    ) -> (report: Result<DoctorReport, UserError>, statuses: [Int: Int32]) {
        let transports = MemoryTransport.job(of: count)
        let groups = transports.map { RankGroup($0, silence: silence) }
        for group in groups {
            group.members = (0..<count).map { RankMember(rank: $0, host: "here", process: 0) }
        }
        let (done, statuses) = (DispatchGroup(), Statuses())
        for rank in 1..<count {
            let follower = SurveyFollower(groups[rank], data: data[rank] ?? options.data, threads: 1)
            done.enter()
            let thread = Thread {
                if let status = try? follower.run() { statuses.note(rank, status) }
                done.leave()
            }
            thread.stackSize = 16 << 20
            thread.start()
        }
        var shared = options
        shared.ranks = groups[0]
        let report = Result { try DataDoctor(shared).examine(progress: { progress(transports, $0) }) }
            .mapError { UserError($0) }
        if groups[0].failure == nil {
            groups[0].dismiss(status: 7)
        } else {
            // mpirun would end them.
            for group in groups { group.fail(.noJob) }
        }
        done.wait()
        return (report, statuses.all)
    }

    /// A report as `--json` prints it: a fault that another rank has found is known by its words.
    private func text(_ report: DoctorReport) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }

    /// The kept rows of features, bit by bit.
    private func rows(_ options: DataDoctor.Options) throws -> [UInt32] {
        let folder = options.cache + "/doctor"
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
        let file = try #require(RecordFile(path: "\(folder)/\(name)"))
        defer { close(file.descriptor) }
        let matrix = try #require(
            FeatureMatrix(count: file.records.count, channels: file.channels, descriptor: file.descriptor))
        return (0..<file.records.count).flatMap { row in
            (0..<file.channels).map { matrix.row(row)[$0].bitPattern }
        }
    }

    /// Ranks find what one process finds, to the bit; with two, the photos take two rounds.
    @Test(arguments: [2, 3, 5]) func ranksFindWhatOneProcessFinds(count: Int) throws {
        let alone = try DataDoctor(options("alone")).examine()
        #expect(alone.examined > 2 * 64 && planted.found(in: alone).damaged == 5)
        // A copy of the folder has other times.
        let copy = photos.folder("copy")
        try FileManager.default.copyItem(atPath: planted.data, toPath: copy)
        let file = "\(copy)/daisy/1.jpg"
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 9)], ofItemAtPath: file)
        let together = examine(count, options("together"), data: [1: copy])
        #expect(try text(together.report.get()) == text(alone))
        #expect(together.statuses.count == count - 1 && together.statuses.values.allSatisfy { $0 == 7 })
        #expect(try rows(options("together")) == rows(options("alone")))
        // Known photos ask for no other rank.
        let again = examine(count, options("together"))
        #expect(try again.report.get().examined == 0 && again.report.get().findings == alone.findings)
    }

    @Test func ranksShareACheckOfFilesOnly() throws {
        var (plain, shared) = (options("alone"), options("together"))
        (plain.usesNetwork, shared.usesNetwork) = (false, false)
        let alone = try DataDoctor(plain).examine()
        #expect(try text(examine(2, shared).report.get()) == text(alone))
    }

    @Test func otherPhotosAreRefused() throws {
        let copy = photos.folder("copy")
        try FileManager.default.copyItem(atPath: planted.data, toPath: copy)
        try FileManager.default.removeItem(atPath: copy + "/daisy/1.jpg")
        let result = examine(2, options("together"), data: [1: copy])
        guard case .failure(let failure) = result.report else {
            return #expect(Bool(false), "other photos were examined")
        }
        #expect("\(failure)".contains("Rank 1 on here has other photos than rank 0"))
        #expect(result.statuses == [1: 7])
    }

    /// A rank that falls silent ends the check; what was examined by then is kept.
    @Test func aSilentRankIsNamed() throws {
        let result = examine(2, options("together"), silence: 1) { transports, preparation in
            if preparation.phase == .examiningPhotos, preparation.done >= 100 { transports[1].stop() }
        }
        guard case .failure(let failure) = result.report else {
            return #expect(Bool(false), "the check went on")
        }
        #expect("\(failure)".contains("rank 1 on here"))
        let rest = try DataDoctor(options("together")).examine()
        #expect(rest.examined > 0 && rest.examined < 100, "\(rest.examined)")
    }

    @Test func cancellationReachesAll() throws {
        let flag = AtomicFlag()
        let transports = MemoryTransport.job(of: 2)
        let groups = transports.map { RankGroup($0) }
        for group in groups {
            group.members = (0..<2).map { RankMember(rank: $0, host: "here", process: 0) }
        }
        let (done, statuses) = (DispatchSemaphore(value: 0), Statuses())
        let follower = SurveyFollower(groups[1], data: planted.data, threads: 1)
        Thread {
            if let status = try? follower.run() { statuses.note(1, status) }
            done.signal()
        }.start()
        var shared = options("together")
        shared.ranks = groups[0]
        #expect(throws: CancellationError.self) {
            try DataDoctor(shared).examine(
                progress: { if $0.phase == .examiningPhotos, $0.done >= 16 { flag.set() } },
                isCancelled: { flag.isSet })
        }
        groups[0].dismiss(status: 3)
        done.wait()
        #expect(statuses.all == [1: 3])
    }
}
