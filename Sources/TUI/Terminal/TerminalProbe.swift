import CNcurses
package import Canvas
import Foundation
import Keys

/// Queries the controlling terminal when the dashboard is not running.
package enum TerminalProbe {
    /// Time limit, enough for an answer over a slow line from the other side of the world. What
    /// came later would be taken for typed text.
    static let milliseconds: Int32 = 2500

    /// Returns the terminal's picture abilities; none if there is no terminal, it must not be
    /// queried or it does not answer.
    ///
    /// Keys that are pressed meanwhile are lost.
    package static func pictures(environment: [String: String] = ProcessInfo.processInfo.environment)
        -> TerminalPictures
    {
        var pictures = TerminalPictures()
        let query = Array(
            TerminalPictures.query(to: environment["TERM"] ?? "", environment: environment).utf8)
        let terminal = query.isEmpty ? -1 : open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return pictures }
        defer { Foundation.close(terminal) }
        var before = termios()
        // Changing modes from a background process would stop it.
        guard tcgetattr(terminal, &before) == 0, tcgetpgrp(terminal) == getpgrp() else { return pictures }
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(terminal, TCSANOW, &quiet)
        defer { tcsetattr(terminal, pictures.isComplete ? TCSANOW : TCSAFLUSH, &before) }
        guard write(terminal, query, query.count) == query.count else { return pictures }
        var parser = InputParser()
        var bytes = [UInt8](repeating: 0, count: 1024)
        var descriptor = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        let start = ContinuousClock.now
        while !pictures.isComplete {
            let passed = start.duration(to: .now) / .milliseconds(1)
            guard passed < Double(milliseconds), poll(&descriptor, 1, milliseconds - Int32(passed)) > 0
            else {
                break
            }
            let count = read(terminal, &bytes, bytes.count)
            if count <= 0 { break }
            for case .report(let report) in parser.feed(bytes[..<count]) { pictures.note(report) }
        }
        return pictures
    }

    /// The terminal's colours according to the environment, for text written straight to it.
    package static func colors(environment: [String: String] = ProcessInfo.processInfo.environment)
        -> ColorDepth
    {
        if !(environment["NO_COLOR"] ?? "").isEmpty { return .none }
        if ["truecolor", "24bit"].contains((environment["COLORTERM"] ?? "").lowercased()) {
            return .trueColor
        }
        let name = environment["TERM"] ?? ""
        let colors = TerminalDriver.entry(name)?.colors ?? 0
        return colors > 256 ? .trueColor : colors == 256 ? .palette256 : colors >= 8 ? .ansi16 : .none
    }
}
