import Foundation

/// Resource usage of processes.
package enum ProcessUsage {
    /// Peak memory (resident set) of a process that runs, in bytes; 0 once it has ended.
    ///
    /// `getrusage` will not do: a process that was spawned has at least its parent's peak there.
    package static func peakMemory(of process: Int32) -> Int {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return kilobytes * 1024
    }

    /// Gives memory that this process has freed back to the system, where its C library can: glibc's
    /// `malloc_trim`, which Swift's module of it leaves out.
    static func returnFreedMemory() {
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
    }
}
