import Basics
import Foundation
package import Network
import Recipes

/// The machine that trained a run, in its folder as `system.json`.
package struct SystemDescription: Codable, Sendable, Equatable {
    /// Name of the distribution, such as `Debian GNU/Linux 12 (bookworm)`.
    package var system: String
    package var kernel: String
    package var processor: String
    /// Cores that this process may use.
    package var cores: Int
    package var memoryBytes: Int
    /// Instruction set of our own kernels, `AVX-512` or `AVX2`; `none` leaves all to oneDNN.
    package var kernels: String
    /// The kernels that compute bfloat16, no two of which give the same bits, or else the processor's units;
    /// nil without any, and in runs of older programs.
    package var bfloat16: String?
    /// Version of oneDNN, such as `3.7.2`; nil in runs of programs that knew version 2 only.
    package var dnnlVersion: String?
    /// Version and kernel of OpenBLAS, such as `0.3.29 SkylakeX`; nil in runs of older programs.
    package var blasVersion: String?
    package var threads: Int

    /// This machine.
    package init(threads: Int) {
        let process = ProcessInfo.processInfo
        var name = utsname()
        uname(&name)
        kernel = withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        system = Self.value("PRETTY_NAME=", in: "/etc/os-release") ?? process.operatingSystemVersionString
        processor = Processor.current.name
        (cores, memoryBytes) = (Machine.cores, Int(process.physicalMemory))
        kernels = VectorKernels.best?.name ?? "none"
        bfloat16 = Processor.current.bfloat16.map { VectorKernels.bfloat16?.name ?? $0.rawValue }
        (dnnlVersion, blasVersion) = (OneDNN.version, OpenBLAS.version)
        self.threads = threads
    }

    /// Libraries and instruction set, which decide the order of a run's sums and so its last bits.
    package var engine: String {
        let libraries = ["oneDNN \(dnnlVersion ?? "2")", blasVersion.map { "OpenBLAS \($0)" }]
        return (libraries.compactMap { $0 } + [kernels, bfloat16].compactMap { $0 }).joined(separator: ", ")
    }

    /// Whether a run that began there goes on here with the bits of an uninterrupted one, as far as
    /// the engine decides and is known.
    ///
    /// - Parameter precision: the run's; the units for bfloat16 matter only to runs in it.
    package func computes(asOn other: SystemDescription, _ precision: Precision = .float32) -> Bool {
        func agree(_ a: String?, _ b: String?) -> Bool { a == nil || b == nil || a == b }
        // Programs that recorded no version of oneDNN knew 2 only.
        let majors = [self, other].map { $0.dnnlVersion?.prefix { $0 != "." } ?? "2" }
        guard precision == .float32 || bfloat16 == other.bfloat16 else { return false }
        return kernels == other.kernels && majors[0] == majors[1]
            && agree(dnnlVersion, other.dnnlVersion) && agree(blasVersion, other.blasVersion)
    }

    /// Returns the rest of the first line that begins with `key`, within the file's first 64 KiB.
    private static func value(_ key: String, in path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        let text = String(decoding: (try? file.read(upToCount: 65_536)) ?? Data(), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.dropFirst(key.count).trimmingCharacters(in: CharacterSet(charactersIn: " \t:\""))
    }

    /// Chunks that older programs divided batches into on this machine: one for each core.
    var chunks: Int { max(2, cores) }

    package func save(to folder: RunFolder) throws {
        let encoder = Checkpoint.Header.encoder()
        encoder.outputFormatting.insert(.prettyPrinted)
        try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: folder.system)
    }

    /// Nil for runs of older versions.
    package static func load(from folder: RunFolder) -> SystemDescription? {
        guard let file = BoundedFile.open(folder.system) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: 65_536) else { return nil }
        return try? Checkpoint.Header.decoder().decode(SystemDescription.self, from: data)
    }
}

extension RunFolder {
    /// The number of chunks that the run's batches are divided into, for a run of an older program,
    /// whose checkpoints do not name it: from the machine that it was begun on.
    package var recordedChunks: Int {
        (try? loadRecipe().chunks) ?? SystemDescription.load(from: self)?.chunks ?? 2
    }
}
