import Basics
import Foundation
import Network
import Recipes

/// The machine that trained a run, in its folder as `system.json`.
package struct SystemDescription: Codable, Sendable, Equatable {
    /// As the distribution names itself, `Debian GNU/Linux 12 (bookworm)`.
    package var system: String
    package var kernel: String
    package var processor: String
    /// That this process may use.
    package var cores: Int
    package var memoryBytes: Int
    /// Of our kernels, the instructions they are for: `avx512`, `avx2`; `none` leaves all to oneDNN.
    package var kernels: String
    /// Version of oneDNN, such as `3.7.2`; nil in runs of programs that knew version 2 only.
    package var dnnlVersion: String?
    package var threads: Int

    /// This machine.
    package init(threads: Int) {
        let process = ProcessInfo.processInfo
        var name = utsname()
        uname(&name)
        kernel = withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        system = Self.value("PRETTY_NAME=", in: "/etc/os-release") ?? process.operatingSystemVersionString
        processor = Self.value("model name", in: "/proc/cpuinfo") ?? "unknown"
        (cores, memoryBytes) = (process.activeProcessorCount, Int(process.physicalMemory))
        kernels = VectorKernels.best?.name ?? "none"
        dnnlVersion = OneDNN.version
        self.threads = threads
    }

    /// Library version and instruction set, which decide the order of a run's sums and so its last bits.
    package var engine: String { "oneDNN \(dnnlVersion ?? "2"), \(kernels)" }

    /// Whether a run that began there goes on here with the bits of an unbroken one, as far as the engine decides.
    package func computes(asOn other: SystemDescription) -> Bool {
        guard let version = dnnlVersion, let otherVersion = other.dnnlVersion else {
            let major = { (version: String?) in version?.prefix { $0 != "." } ?? "2" }
            return kernels == other.kernels && major(dnnlVersion) == major(other.dnnlVersion)
        }
        return kernels == other.kernels && version == otherVersion
    }

    /// What stands behind `key` on the first line that begins with it, within the file's first 64 KiB.
    private static func value(_ key: String, in path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        let text = String(decoding: (try? file.read(upToCount: 65_536)) ?? Data(), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.dropFirst(key.count).trimmingCharacters(in: CharacterSet(charactersIn: " \t:\""))
    }

    package func save(to folder: RunFolder) throws {
        let encoder = Checkpoint.Header.encoder()
        encoder.outputFormatting.insert(.prettyPrinted)
        try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: folder.system)
    }

    /// Nil for runs of older versions.
    package static func load(from folder: RunFolder) -> SystemDescription? {
        guard let file = FileHandle(forReadingAtPath: folder.system) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: 65_536) else { return nil }
        return try? Checkpoint.Header.decoder().decode(SystemDescription.self, from: data)
    }
}
