import Basics
import Dashboard
import Foundation
import Phrases

/// A progress bar on the last line of standard error, if that is a terminal. Not thread-safe.
final class ProgressLine {
    let isShown: Bool
    private var isDrawn = false
    private var last = ""

    init(isShown: Bool) { self.isShown = isShown }

    func show(_ preparation: Preparation) {
        show(preparation.phase.words, done: preparation.done, of: preparation.total)
    }

    /// - Parameter total: 0 shows nothing.
    func show(_ label: String, done: Int, of total: Int) {
        guard total > 0 else { return }
        let percent = done * 100 / total
        show(label, fraction: Double(percent) / 100, tail: "\(percent) %")
    }

    func show(_ label: String, fraction: Double, tail: String) {
        let filled = Int(min(max(fraction, 0), 1) * 24)
        let bar = String(repeating: "▓", count: filled) + String(repeating: "░", count: 24 - filled)
        let text = "\(label) \(bar) \(tail)"
        guard isShown, text != last else { return }
        Console.write("\r\u{1b}[K\(text)", to: STDERR_FILENO)
        (isDrawn, last) = (true, text)
    }

    func clear() {
        if isDrawn { Console.write("\r\u{1b}[K", to: STDERR_FILENO) }
        (isDrawn, last) = (false, "")
    }
}

/// A progress bar that several threads may use.
final class SharedProgressLine: @unchecked Sendable {
    // Unchecked because `lock` guards the line.
    private let lock = NSLock()
    private let line = ProgressLine(isShown: Console.errorIsTerminal)

    func show(_ preparation: Preparation) { lock.withLock { line.show(preparation) } }
    func show(_ label: String, done: Int, of total: Int) {
        lock.withLock { line.show(label, done: done, of: total) }
    }
    func clear() { lock.withLock { line.clear() } }
}

extension Preparation.Phase {
    /// The activity in English, the language of the command line.
    var words: String { Strings(.english).preparing(self) }
}
