import Basics
import Foundation

/// A progress bar on the last line of standard error, if that is a terminal. Not thread-safe.
final class ProgressLine {
    let isShown: Bool
    private var isDrawn = false
    private var last = ""

    init(isShown: Bool) { self.isShown = isShown }

    func show(_ preparation: Preparation) {
        guard preparation.total > 0 else { return }
        let percent = preparation.done * 100 / preparation.total
        show(preparation.phase, fraction: Double(percent) / 100, tail: "\(percent) %")
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
    func clear() { lock.withLock { line.clear() } }
}
