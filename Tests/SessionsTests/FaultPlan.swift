import Foundation
import Synchronization
import Testing

@testable import Basics

/// Makes chosen calls that change files below a folder fail, for as long as it lives.
final class FaultPlan: @unchecked Sendable {
    // Unchecked: `lock` guards the variables.
    private let folders: Set<String>
    private let lock = NSLock()
    private var seen: [FileCalls.Call] = []
    private var failing: Range<Int>
    private let code: Int32
    private let only: FileCalls.Call?

    /// - Parameters:
    ///   - failing: numbers of the calls that fail, from 1; an empty range only counts.
    ///   - code: the `errno` that a failed call sets.
    ///   - only: the kind of call to count and fail; nil for all.
    init(below folder: String, failing: Range<Int> = 0..<0, code: Int32 = ENOSPC, only: FileCalls.Call? = nil)
    {
        // The path as given, and as the kernel resolves it.
        folders = [folder, Self.realPath(folder)]
        (self.failing, self.code, self.only) = (failing, code, only)
        for folder in folders {
            FileCalls.faults.withLock { $0[folder] = { [weak self] in self?.answer($0) } }
        }
    }

    deinit { for folder in folders { FileCalls.faults.withLock { $0[folder] = nil } } }

    static func realPath(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// Fails every call from the next one on, or none.
    func fail(_ fails: Bool) { lock.withLock { failing = fails ? seen.count + 1..<Int.max : 0..<0 } }

    private func answer(_ call: FileCalls.Call) -> Int32? {
        lock.withLock {
            if let only, call != only { return nil }
            seen.append(call)
            return failing.contains(seen.count) ? code : nil
        }
    }

    var calls: [FileCalls.Call] { lock.withLock { seen } }

    /// Errors of a full disk, a failing device and a file server that denies access.
    static let codes = [ENOSPC, EIO, EACCES]
}

/// Runs `body` once without faults to count its calls, and then with each of them failing, both
/// alone and together with all later calls. Fails if `body` makes no calls, or if one of them is not
/// reached in the run in which it is to fail.
///
/// - Parameters:
///   - prepare: called before each run; returns the folder below which calls fail.
///   - body: called with the folder.
///   - check: called after each run with a fault, with the number of the first call that failed and
///     the error that `body` threw.
/// - Returns: the calls of the run without faults.
@discardableResult
func failingEachCall(
    _ prepare: () throws -> String, _ body: (String) throws -> Void,
    _ check: (_ folder: String, _ number: Int, _ problem: (any Error)?) throws -> Void,
    _ location: SourceLocation = #_sourceLocation
) throws -> [FileCalls.Call] {
    let whole = try prepare()
    let calls = try { () throws -> [FileCalls.Call] in
        let plan = FaultPlan(below: whole)
        try body(whole)
        return plan.calls
    }()
    try #require(!calls.isEmpty, "no call could fail", sourceLocation: location)
    for code in FaultPlan.codes {
        for number in 1...calls.count {
            for isLasting in [false, true] {
                let folder = try prepare()
                var problem: (any Error)?
                do {
                    let plan = FaultPlan(
                        below: folder, failing: number..<(isLasting ? .max : number + 1), code: code)
                    do { try body(folder) } catch { problem = error }
                    #expect(plan.calls.count >= number, "call \(number)", sourceLocation: location)
                }
                try check(folder, number, problem)
            }
        }
    }
    return calls
}
