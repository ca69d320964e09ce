import Basics
import Foundation
import Testing

@testable import Terminal

struct CrashGuardTests {
    /// A stack overflow on a prepared thread still gives a message, because the handler has its own
    /// stack.
    @Test(.timeLimit(.minutes(1))) func overflownStackHasLastWords() async {
        let result = await #expect(processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]) {
            CrashGuard.install()
            let thread = Thread {
                FaultStack.prepareThread()
                _ = overflow(0)
            }
            thread.start()
            sleep(30)
        }
        let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(words.contains("a fault of the program (SIGSEGV) ends it."), "\(words)")
    }
}

/// Recurses without end. Each call's result is used after it returns, so that the compiler cannot
/// turn the call into a jump.
@inline(never) private func overflow(_ depth: Int) -> Int {
    var room = [depth, depth + 1]
    next(&room)
    return room[depth & 1]
}

@inline(never) private func next(_ room: inout [Int]) { room[0] = overflow(room[1]) / 3 + room[0] }
