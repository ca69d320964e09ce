import Foundation
import Plots

/// Asks the terminal that this process was started in, outside the dashboard.
public enum TerminalProbe {
    /// A terminal at the other end of the world answers within this.
    private static let milliseconds: Int32 = 1000

    /// What the terminal says about pictures; nothing where there is none, it must not be asked, or it keeps silent.
    ///
    /// Keys that are pressed meanwhile are lost.
    public static func pictures(environment: [String: String] = ProcessInfo.processInfo.environment)
        -> TerminalPictures
    {
        var pictures = TerminalPictures()
        let query = Array(TerminalPictures.query(to: environment["TERM"] ?? "").utf8)
        let terminal = query.isEmpty ? -1 : open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return pictures }
        defer { Foundation.close(terminal) }
        var before = termios()
        // In the background a change of modes would stop the process.
        guard tcgetattr(terminal, &before) == 0, tcgetpgrp(terminal) == getpgrp() else { return pictures }
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(terminal, TCSANOW, &quiet)
        defer { tcsetattr(terminal, TCSANOW, &before) }
        guard write(terminal, query, query.count) == query.count else { return pictures }
        var parser = InputParser()
        var bytes = [UInt8](repeating: 0, count: 1024)
        var descriptor = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        let start = ContinuousClock.now
        while !pictures.isComplete {
            let passed = start.duration(to: .now) / .milliseconds(1)
            guard passed < Double(milliseconds), poll(&descriptor, 1, milliseconds - Int32(passed)) > 0 else {
                break
            }
            let count = read(terminal, &bytes, bytes.count)
            if count <= 0 { break }
            for case .report(let report) in parser.feed(bytes[..<count]) { pictures.note(report) }
        }
        return pictures
    }

    /// Colours for text that is written as it is, by what the environment says of the terminal.
    public static func colors(environment: [String: String] = ProcessInfo.processInfo.environment)
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
