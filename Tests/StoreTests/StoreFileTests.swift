import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import Basics
@testable import Recipes
@testable import Runs
@testable import Store

/// The run store in homes that may only be read, or whose file system lacks what SQLite needs.
@Suite(.serialized) struct StoreFileTests {
    private let home: TemporaryFolder

    init() throws { home = try TemporaryFolder() }

    /// A run with an epoch and a note.
    private func begin() throws -> RunFolder {
        let store = try RunStore(home: home.path)
        let folder = try RunFolder.create(home: home.path, Recipe())
        let log = try EventLog(path: folder.events)
        try log.append(
            .runStarted(
                .init(
                    run: folder.id, data: "photos", weights: "random", trainImages: 8, validationImages: 2,
                    classes: ["a", "b"])))
        try store.begin(folder, Recipe(), data: "photos", weights: "random")
        try store.setNote("precious", of: folder.id)
        try store.end(folder.id, .interrupted)
        return folder
    }

    @Test func lookingMakesNoHome() throws {
        let path = home("none")
        #expect(try RunStore(home: path, .reading).list() == [])
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// The journal takes over what a write-ahead log holds, and other connections see it.
    @Test func theJournalNeedsNoSharedMemory() throws {
        let folder = try begin()
        let path = home("runs.sqlite")
        let journal = try StoreFile.withJournal(path)
        try journal.write { try $0.execute(sql: "UPDATE runs SET note = 'second'") }
        #expect(try journal.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "delete")
        let other = try StoreFile.withJournal(path)
        #expect(try other.read { try String.fetchOne($0, sql: "SELECT note FROM runs") } == "second")
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        try other.close()
        try journal.close()
        // With shared memory the log comes back.
        #expect(try RunStore(home: home.path).show(folder.id).run.note == "second")
    }

    @Test func aCopyShowsWhatTheLogHolds() throws {
        _ = try begin()
        // Open, so that the write-ahead log is not merged yet.
        let store = try RunStore(home: home.path)
        try store.setNote("newest", of: "1")
        let copy = try StoreFile.copy(of: home("runs.sqlite"))
        #expect(try copy.read { try String.fetchOne($0, sql: "SELECT note FROM runs") } == "newest")
        try copy.write { try $0.execute(sql: "UPDATE runs SET note = 'lost'") }
        #expect(try store.show("1").run.note == "newest")
    }

    @Test func theFileSystemIsThatOfTheInnermostMount() {
        let mounts = """
            21 1 8:1 / / rw - ext4 /dev/sda1 rw
            22 21 0:5 / /proc rw,nosuid shared:3 - proc proc rw
            23 21 0:9 / \(home.path.split(separator: "/").first.map { "/\($0)" } ?? "") rw - nfs4 server:/x rw
            24 21 0:7 / /elsewhere\\040else rw - 9p share rw
            """
        #expect(StoreFile.fileSystem(of: home.path, mounts: mounts) == "nfs4")
        #expect(StoreFile.fileSystem(of: "/", mounts: mounts) == "ext4")
        #expect(StoreFile.fileSystem(of: "/no/such/folder", mounts: mounts) == nil)
        #expect(StoreFile.fileSystem(of: "/", mounts: "damaged\n- -\n") == nil)
    }

    /// Every step of a deletion that fails leaves the run as it was.
    @Test func aDeletionThatFailsLosesNothing() throws {
        let folder = try begin()
        for name in ["last.safetensors", "best.safetensors", "epochs/0001.safetensors"] {
            let path = "\(folder.path)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(name.utf8).write(to: URL(fileURLWithPath: path))
        }
        let store = try RunStore(home: home.path)
        let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        for failing in 1...before.count + 1 {
            let calls = Calls(failing: failing)
            FileCalls.faults.withLock { faults in
                faults[home.path] = { $0 == .rename && calls.isNext() ? EPERM : nil }
            }
            defer { FileCalls.faults.withLock { $0[home.path] = nil } }
            let error = #expect(throws: RunFailure.self) { try store.delete("1") }
            guard case .cannotBeDeleted("0001", let path, EPERM) = error else {
                Issue.record("\(error.map { "\($0)" } ?? "no error")")
                continue
            }
            #expect(path.hasPrefix(folder.path))
            let after = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            // The lock file appears with the first attempt.
            #expect(after.filter { $0 != "lock" } == before.filter { $0 != "lock" })
            #expect(try store.show("1").run.note == "precious")
        }
        try store.delete("1")
        #expect(try FileManager.default.contentsOfDirectory(atPath: home("runs")) == [])
        #expect(try store.list() == [])
    }

    /// A process that dies while it deletes a run, at any of its steps, leaves the run or nothing.
    @Test func aDeletionThatIsCutShortIsSettled() throws {
        let folder = try begin()
        let path = "\(folder.path)/epochs/0001.safetensors"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data("weights".utf8).write(to: URL(fileURLWithPath: path))
        let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        for failing in 2...before.count + 1 {
            // All renaming after a step fails, also the undoing: as if the process had gone.
            let calls = Calls(failing: failing)
            FileCalls.faults.withLock { faults in
                faults[home.path] = { $0 == .rename && calls.isLast() ? EIO : nil }
            }
            #expect(throws: RunFailure.self) { try RunStore(home: home.path).delete("1") }
            FileCalls.faults.withLock { $0[home.path] = nil }
            #expect(RunFolder.ids(home: home.path) == [])
            // Another run does not take the id meanwhile.
            let other = try RunFolder.create(home: home.path, Recipe())
            #expect(other.id == "0002")
            try FileManager.default.removeItem(atPath: other.path)
            #expect(try RunStore(home: home.path).show("1").run.note == "precious")
            let after = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            #expect(after.filter { $0 != "lock" } == before.filter { $0 != "lock" })
        }
        // Renamed and struck from the list, but not removed yet.
        let removal = try RunRemoval(folder)
        let hidden = try FileManager.default.contentsOfDirectory(atPath: home("runs"))
        #expect(hidden.count == 1 && hidden[0].hasPrefix(".removed-0001-"))
        _ = removal
        #expect(try RunStore(home: home.path, .reading).list() == [])
        let database = try DatabaseQueue(path: home("runs.sqlite"))
        try database.write { try $0.execute(sql: "DELETE FROM runs") }
        try database.close()
        #expect(try RunStore(home: home.path).list() == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: home("runs")) == [])
    }

    /// Fails one call, or all from one on.
    private final class Calls: @unchecked Sendable {
        // Unchecked: `lock` guards the count.
        private let lock = NSLock()
        private var left: Int

        init(failing: Int) { left = failing }

        /// Whether it is this call's turn, or was.
        func isLast() -> Bool {
            lock.withLock {
                left -= 1
                return left <= 0
            }
        }

        func isNext() -> Bool {
            lock.withLock {
                left -= 1
                return left == 0
            }
        }
    }
}
