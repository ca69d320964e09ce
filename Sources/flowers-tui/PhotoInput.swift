import Basics
import Canvas
import Foundation
import Photos

/// Photos named on the command line: files, pipes, or `-` for standard input.
enum PhotoInput {
    /// Size limit in bytes, for pipes as well; anything larger is no photo.
    static let byteLimit = 256 << 20

    /// Loads a photo, upright.
    ///
    /// - Throws: `UserError` that names the photo and its fault.
    static func load(_ file: String) throws -> RGBImage {
        try RGBImage(bytes(file), name: name(file)).upright
    }

    /// The photo's name for messages, with control characters escaped.
    static func name(_ file: String) -> String { file == "-" ? "Standard input" : fit(file, columns: 200) }

    private static func bytes(_ file: String) throws -> [UInt8] {
        let isPipe = file == "-"
        if isPipe, isatty(STDIN_FILENO) == 1 {
            throw UserError("Standard input is the terminal; give - a photo through a pipe or name a file.")
        }
        let descriptor =
            isPipe ? STDIN_FILENO : PathText.withCPath(file) { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw UserError(
                errno == ENOENT
                    ? "There is no file \(name(file))."
                    : "\(name(file)) cannot be opened: \(String(cString: strerror(errno))).")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: !isPipe)
        do {
            let data = try handle.read(upToCount: byteLimit + 1) ?? Data()
            if data.count > byteLimit {
                throw UserError("\(name(file)) has more than \(byteLimit >> 20) MiB; that is no photo.")
            }
            return [UInt8](data)
        } catch let error as any Failure {
            throw error
        } catch {
            throw UserError("\(name(file)) cannot be read; it must be a photo file.")
        }
    }
}
