import Foundation
import Testing

@testable import Basics

@Suite struct WorkerThreadTests {
    /// A thread's scheduling, as the kernel tells it.
    private struct Scheduling: Sendable {
        var policy = sched_getscheduler(0)
        var niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        /// Nanoseconds of a turn; nil where the kernel does not tell.
        var turn: Double? = {
            let text = try? String(contentsOfFile: "/proc/thread-self/sched", encoding: .utf8)
            return text?.split(separator: "\n").first { $0.hasPrefix("se.slice ") }?
                .split(separator: ":").last.flatMap { Double($0.trimmingCharacters(in: .whitespaces)) }
        }()
    }

    /// Runs `body` on a thread of its own.
    private func onThread(_ body: @escaping @Sendable () -> Scheduling) -> Scheduling {
        nonisolated(unsafe) var result: Scheduling?
        let done = DispatchSemaphore(value: 0)
        Thread {
            result = body()
            done.signal()
        }.start()
        done.wait()
        return result!
    }

    /// A thread that answers promptly has short turns, its old policy and priority, and usual children.
    @Test func aThreadAsksForShortTurnsForItselfAlone() {
        let usual = onThread { Scheduling() }
        let prompt = onThread {
            WorkerThread.answerPromptly()
            return Scheduling()
        }
        let child = onThread {
            WorkerThread.answerPromptly()
            return self.onThread { Scheduling() }
        }
        for thread in [prompt, child] {
            #expect(thread.policy & 0xff == usual.policy && thread.niceness == usual.niceness)
        }
        #expect(child.turn == usual.turn)
        // The version is the kernel's. A test that is started with another policy or niceness leaves them alone.
        let system = ProcessInfo.processInfo
        let heeds = system.isOperatingSystemAtLeast(.init(majorVersion: 6, minorVersion: 12, patchVersion: 0))
        if let turn = prompt.turn, heeds, usual.policy == 0, usual.niceness >= 0 { #expect(turn == 100_000) }
    }
}
