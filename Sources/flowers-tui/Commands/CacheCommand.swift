import ArgumentParser
import Basics
import Doctor
import Foundation
import Photos
import Phrases

/// The cache folder: what can be computed or fetched again.
struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "List or clear decoded photos, the doctor's results and downloads.",
        subcommands: [List.self, Clear.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What the cache folder holds, and for which photo folders.")
        @Flag(help: "Print one JSON object a line.") var json = false

        private struct Line: Encodable {
            var file: String
            var kind: CachedFile.Kind
            var bytes: Int
            var folder: String?
            var isGone: Bool
        }

        func run() throws {
            let folder = Home.cachePath()
            let files = CachedFile.all(in: folder)
            if json {
                for file in files {
                    Console.line(
                        try jsonLine(
                            Line(
                                file: file.path, kind: file.kind, bytes: file.bytes, folder: file.folder,
                                isGone: file.isGone)))
                }
                return
            }
            for file in files {
                Console.say(
                    "\(CachedFile.size(file.bytes))  \(file.kind.words): \(file.subject)"
                        + (file.isGone ? " (no longer there)" : ""))
            }
            Console.say("\(CachedFile.size(files.reduce(0) { $0 + $1.bytes })) in \(folder)")
            let gone = files.filter(\.isGone).reduce(0) { $0 + $1.bytes }
            if gone > 0 {
                Console.line(
                    "flowers-tui cache clear --gone removes the \(CachedFile.size(gone)) of folders that are no longer there."
                )
            }
        }
    }

    struct Clear: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Remove decoded photos and the doctor's results, which are computed again when they are needed."
        )
        @Flag(help: "Only those of photo folders that are no longer there.") var gone = false
        @Flag(help: "Downloaded photos and weights as well.") var downloads = false
        @Flag(name: [.short, .long], help: "Do not ask.") var yes = false

        func validate() throws {
            if gone, downloads { throw ValidationError("--gone and --downloads cannot be used together.") }
        }

        func run() throws {
            let files = CachedFile.all(in: Home.cachePath()).filter {
                gone ? $0.isGone : downloads || $0.kind != .download
            }
            let size = CachedFile.size(files.reduce(0) { $0 + $1.bytes })
            if files.isEmpty { return Console.line("nothing to remove") }
            if !yes, isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 {
                Console.print("Remove \(files.count.of("file")) of \(size)? [y/N] ")
                guard readLine()?.lowercased().hasPrefix("y") == true else {
                    return Console.line("nothing was removed")
                }
            }
            var failure: UserError?
            for file in files {
                // A process that has it open keeps what it needs.
                do { try FileManager.default.removeItem(atPath: file.path) } catch {
                    let reason = error.localizedDescription
                    failure = failure ?? UserError("\(file.path) cannot be removed: \(reason)")
                }
            }
            if let failure { throw failure }
            Console.line("removed \(files.count.of("file")), \(size)")
        }
    }
}

/// A file of the cache folder, or a folder of downloads.
struct CachedFile {
    enum Kind: String, Encodable {
        case photos, records, download

        var words: String {
            switch self {
            case .photos: "decoded photos"
            case .records: "doctor's results"
            case .download: "download"
            }
        }
    }

    let path: String
    let kind: Kind
    let bytes: Int
    /// The photo folder, if the file names one; those of older versions do not.
    var folder: String?
    /// Side of the decoded photos in pixels.
    var imageSize: Int?

    /// Whether the photo folder is known and no longer there.
    var isGone: Bool { folder.map { access($0, F_OK) != 0 && errno == ENOENT } ?? false }

    var subject: String {
        let name =
            folder ?? (kind == .download ? "" : "an unknown folder, ") + PathParts.name(path)
        return name + (imageSize.map { ", \($0) pixels" } ?? "")
    }

    /// Everything in the cache folder, the largest first.
    static func all(in cache: String) -> [CachedFile] {
        let files =
            names(cache + "/pixels").map { path in
                let origin = PixelFile.origin(of: path)
                return CachedFile(
                    path: path, kind: .photos, bytes: bytes(path), folder: origin?.folder,
                    imageSize: origin?.imageSize)
            }
            + names(cache + "/doctor").map {
                CachedFile(
                    path: $0, kind: .records, bytes: bytes($0), folder: PhotoSurvey.folder(ofCache: $0))
            }
            + ["/weights", "/photos"].flatMap { names(cache + $0) }.map {
                CachedFile(path: $0, kind: .download, bytes: bytes($0))
            }
        return files.sorted { ($1.bytes, $0.path) < ($0.bytes, $1.path) }
    }

    private static func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map { "\(folder)/\($0)" }
    }

    /// Size of a file, or of all files below a folder, as the disk counts it.
    private static func bytes(_ path: String) -> Int {
        let below = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return ([path] + below.map { "\(path)/\($0)" }).reduce(0) { sum, path in
            var status = stat()
            return lstat(path, &status) == 0 ? sum + Int(status.st_blocks) * 512 : sum
        }
    }

    static func size(_ bytes: Int) -> String {
        bytes < 1 << 20
            ? "\((bytes + 1023) >> 10) KiB" : String(format: "%.1f MiB", Double(bytes) / 1_048_576)
    }
}
