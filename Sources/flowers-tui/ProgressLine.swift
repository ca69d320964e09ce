import Basics
import Canvas
import Dashboard
import Foundation
import Phrases
import Terminal

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
        guard isShown else { return }
        // The last column stays free: a terminal wraps after a character in it.
        let columns = (TerminalWindow(descriptor: STDERR_FILENO)?.size.columns ?? 80) - 1
        let text = Self.text(label, fraction, tail, columns: columns)
        guard text != last else { return }
        Console.draw("\r\u{1b}[K\(text)")
        (isDrawn, last) = (true, text)
    }

    func clear() {
        if isDrawn { Console.draw("\r\u{1b}[K") }
        (isDrawn, last) = (false, "")
    }

    /// Returns the line in at most `columns`: the bar gives way to the words before they are cut.
    static func text(_ label: String, _ fraction: Double, _ tail: String, columns: Int) -> String {
        let room = min(24, columns - displayWidth(label) - displayWidth(tail) - 2)
        guard room >= 4 else { return fit("\(label) \(tail)", columns: columns) }
        let filled = Int(min(max(fraction, 0), 1) * Double(room))
        let bar = String(repeating: "▓", count: filled) + String(repeating: "░", count: room - filled)
        return "\(label) \(bar) \(tail)"
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
