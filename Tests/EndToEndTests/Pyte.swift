import Foundation

/// The screens that pyte renders from a recorded session.
struct Pyte {
    struct Screen: Equatable {
        /// One character per column; NUL for the right half of a wide one.
        var grid: [[Character]]
        var colors: [[String]]
        var modes: Set<Int>
        var cursorIsVisible: Bool

        var text: String { grid.map { String($0.filter { $0 != "\0" }) }.joined(separator: "\n") }
        /// Foreground and background colours other than the terminal's defaults.
        var palette: Set<String> { Set(colors.flatMap { $0[3...4] }).subtracting(["default"]) }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private static let script = Program.package + "/Tests/EndToEndTests/emulators/pyte_screens.py"

    /// - Returns: the screens by the names of their marks.
    static func screens(_ session: TerminalSession, in folder: String) throws -> [String: Screen] {
        try screens(session.recorded, in: folder)
    }

    /// - Parameter events: what a terminal received; the first is its size.
    static func screens(_ events: [TerminalSession.Recorded], in folder: String) throws -> [String: Screen] {
        var input = Data()
        for event in events {
            let object: [String: Any] =
                switch event {
                case .bytes(let bytes): ["bytes": Data(bytes).base64EncodedString()]
                case .resize(let columns, let rows): ["resize": [columns, rows]]
                case .mark(let name): ["mark": name]
                }
            input += try JSONSerialization.data(withJSONObject: object) + Data("\n".utf8)
        }
        let file = "\(folder)/session-\(UUID().uuidString).jsonl"
        try input.write(to: URL(fileURLWithPath: file))
        let process = Process()
        // Debian's pyte package is installed for the system's Python.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [script]
        process.standardInput = FileHandle(forReadingAtPath: file)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "pyte ended with \(process.terminationStatus)")
        }
        var screens: [String: Screen] = [:]
        for line in output.split(separator: UInt8(ascii: "\n")) {
            guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any],
                let name = object["mark"] as? String,
                let lines = object["lines"] as? [String], let runs = object["colors"] as? [[Any]],
                let modes = object["modes"] as? [Int]
            else { throw Failure(description: "pyte answered \(String(decoding: line, as: UTF8.self))") }
            screens[name] = Screen(
                grid: lines.map(Array.init), colors: runs.map { $0.map { "\($0)" } }, modes: Set(modes),
                cursorIsVisible: object["cursor_visible"] as? Bool ?? false)
        }
        return screens
    }
}

/// Properties that every screen must have, whichever emulator drew it.
enum Frames {
    /// Describes the first frame whose sides do not line up with its corners; nil when all do.
    static func crooked(_ grid: [[Character]]) -> String? {
        for (top, line) in grid.enumerated() {
            for left in line.indices where line[left] == "┌" {
                guard let right = line[left...].firstIndex(of: "┐") else {
                    return "no right corner in row \(top)"
                }
                var row = top + 1
                while row < grid.count, grid[row].indices.contains(right), grid[row][left] == "│",
                    grid[row][right] == "│"
                { row += 1 }
                guard row < grid.count, grid[row].indices.contains(right), grid[row][left] == "└",
                    grid[row][right] == "┘"
                else {
                    return "the frame from (\(left), \(top)) is open in row \(row)"
                }
            }
        }
        return nil
    }

    /// Text that looks like the rest of a sequence that the terminal did not recognise.
    static func stray(_ text: String) -> String? {
        text.firstMatch(of: /\d+;\d+[mHrf]|[34]8[:;][25]|\[\?|\?\d+[hl]|\d[mK]\u{1b}/).map {
            String($0.output)
        }
    }
}
