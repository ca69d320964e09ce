import Foundation
import TestSupport

/// The program in a window of tmux, whose client runs in a terminal session.
final class Tmux {
    static let path = "/usr/bin/tmux"

    let session: TerminalSession
    private let photos: TinyPhotos
    private let socket: String

    /// - Parameter terminal: `TERM` as the program finds it.
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

    /// The pane as tmux has it: one character a column, NUL for the right half of a wide one.
    func capture() throws -> [[Character]] {
        try run("capture-pane -p -N").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map
        { line in
            line.flatMap { TerminalScreen.isWide($0) ? [$0, "\0"] : [$0] }
        }
    }

    /// Waits until the program's frame has ended, as far as tmux has read it: twice the same.
    func settle() throws {
        var before = try capture()
        for _ in 0..<50 {
            let now = try capture()
            if now.dropFirst() == before.dropFirst(), Frames.crooked(now) == nil { return }
            before = now
        }
    }

    /// A format of tmux.
    func ask(_ format: String) throws -> String {
        try run("display-message -p '\(format)'").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Ends the program first, which would train on without its terminal.
    func end() {
        _ = try? Program.run(["runs", "stop"], in: photos)
        _ = try? run("kill-server")
    }
}
