import Foundation
import TestSupport
import Testing

/// The real binary, which `make test` builds before the tests.
enum Program {
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().path
    static let path =
        ProcessInfo.processInfo.environment["FLOWERS_TUI_BINARY"] ?? package + "/.build/release/flowers-tui"

    struct Result {
        var status: Int32
        var output: String
        var errors: String

        /// The objects of output in JSON lines, with the numbers as printed, to the bit.
        var objects: [[String: Any]] {
            output.split(separator: "\n").compactMap {
                try? JSONDecoder().decode(JSON.self, from: Data($0.utf8)).value as? [String: Any]
            }
        }

        /// The numbers that all events of a kind have for a key.
        func values(_ event: String, _ key: String) -> [Double] {
            objects.filter { $0["event"] as? String == event }.compactMap { $0[key] as? Double }
        }
    }

    /// A value as JSONSerialization gives it, which on Linux rounds some numbers to the wrong
    /// neighbour; JSONDecoder does not.
    private struct JSON: Decodable {
        let value: Any

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                value = NSNull()
            } else if let flag = try? container.decode(Bool.self) {
                value = NSNumber(value: flag)
            } else if let number = try? container.decode(Int.self) {
                value = NSNumber(value: number)
            } else if let number = try? container.decode(Double.self) {
                value = NSNumber(value: number)
            } else if let text = try? container.decode(String.self) {
                value = text
            } else if let list = try? container.decode([JSON].self) {
                value = list.map(\.value)
            } else {
                value = try container.decode([String: JSON].self).mapValues(\.value)
            }
        }
    }

    /// An environment without the user's own settings, whose home and cache belong to the test.
    static func environment(_ photos: TinyPhotos, _ more: [String: String] = [:]) -> [String: String] {
        [
            "PATH": "/usr/bin:/bin", "HOME": photos.folder.path, "LANG": "C.UTF-8", "TERM": "xterm-256color",
            "FLOWERS_TUI_CACHE": photos.cache, "FLOWERS_TUI_HOME": photos.home,
        ].merging(more) { $1 }
    }

    /// Runs the program to its end. `onLine` receives each line of output as it arrives and may
    /// signal the process.
    static func run(
        _ arguments: [String], in photos: TinyPhotos, environment more: [String: String] = [:],
        onLine: ((Process, String) -> Void)? = nil
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        return try run(process, in: photos, more, onLine)
    }

    /// Runs a shell command line in which `$PROGRAM` is the binary.
    static func shell(
        _ line: String, in photos: TinyPhotos, at folder: String? = nil
    ) throws -> Result {
        let process = Process()
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", line]
        return try run(process, in: photos, ["PROGRAM": path], nil)
    }

    private static func run(
        _ process: Process, in photos: TinyPhotos, _ more: [String: String],
        _ onLine: ((Process, String) -> Void)?
    ) throws -> Result {
        process.environment = environment(photos, more)
        process.standardInput = FileHandle.nullDevice
        // Standard error goes to a file, which cannot fill up while only the pipe is read.
        let errors = photos.folder.path + "/stderr-\(UUID().uuidString)"
        try Data().write(to: URL(fileURLWithPath: errors))
        process.standardError = FileHandle(forWritingAtPath: errors)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        var output = Data()
        var line = Data()
        while true {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { break }
            output += data
            for byte in data {
                line.append(byte)
                if byte == UInt8(ascii: "\n") {
                    onLine?(process, String(decoding: line, as: UTF8.self))
                    line = Data()
                }
            }
        }
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
            errors: (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "")
    }

    /// The options that every training command here takes.
    static func training(_ photos: TinyPhotos) -> [String] {
        ["--data", photos.data, "--weights", photos.weights, "--batch-size", "8", "--seed", "7"]
    }
}

/// Expects one sentence on standard error, with the program's name before it and a full stop.
func expectOneSentence(
    _ result: Program.Result, _ status: Int32, _ part: String, _ location: SourceLocation = #_sourceLocation
) {
    #expect(result.status == status, "\(result.errors)", sourceLocation: location)
    #expect(result.errors.contains(part), "\(result.errors)", sourceLocation: location)
    if status == 1 {
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)", sourceLocation: location)
        #expect(
            result.errors.hasPrefix("flowers-tui: ") && result.errors.hasSuffix(".\n"), "\(result.errors)",
            sourceLocation: location)
    }
}
