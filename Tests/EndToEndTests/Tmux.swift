import Foundation
import TestSupport

/// The program in a tmux window whose client runs in a terminal session.
final class Tmux {
    static let path = "/usr/bin/tmux"

    let session: TerminalSession
    private let photos: TinyPhotos
    private let socket: String

    /// - Parameter terminal: the program's `TERM`.
    init(_ arguments: [String], columns: Int, rows: Int, terminal: String, in photos: TinyPhotos) throws {
        self.photos = photos
        socket = photos.folder.path + "/tmux"
        let settings = photos.folder.path + "/tmux.conf"
        let lines = [
            "set -g default-terminal \(terminal)", "set -g status off", "set -g mouse on",
            "set -sg escape-time 0",
            "set -g default-shell /bin/sh", "set -g set-titles off",
        ]
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: settings))
        let words = ([Program.path] + arguments).map { "'" + $0 + "'" }.joined(separator: " ")
        session = try TerminalSession(
            ["-S", socket, "-f", settings, "-u", "new-session", "\(words); echo ended $?; read line"],
            program: Self.path,
            columns: columns, rows: rows, in: photos)
    }

    private func run(_ arguments: String) throws -> String {
        try Program.shell("\(Self.path) -S '\(socket)' \(arguments)", in: photos).output
    }

    /// The pane's content: one character per column, NUL for the right half of a wide one.
    func capture() throws -> [[Character]] {
        try run("capture-pane -p -N").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map
        { line in
            line.flatMap { TerminalScreen.isWide($0) ? [$0, "\0"] : [$0] }
        }
    }

    /// Waits until two captures in a row agree, so that tmux has read the whole frame.
    func settle() throws {
        var before = try capture()
        for _ in 0..<50 {
            let now = try capture()
            if now.dropFirst() == before.dropFirst(), Frames.crooked(now) == nil { return }
            before = now
        }
    }

    /// The value of a tmux format.
    func ask(_ format: String) throws -> String {
        try run("display-message -p '\(format)'").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Ends the program first, because it would keep training without its terminal.
    func end() {
        _ = try? Program.run(["runs", "stop"], in: photos)
        _ = try? run("kill-server")
    }
}
