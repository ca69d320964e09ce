import Dashboard
import Foundation

/// Samples a process's CPU and memory use from `/proc`, each time since the previous sample.
struct ResourceSampler {
    private var process: Int
    private var time = ContinuousClock.now
    private var used: Double
    private let cores = Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    init(process: Int = Int(getpid())) { (self.process, used) = (process, Self.processorSeconds(process)) }

    /// Takes a sample.
    ///
    /// - Parameter process: the process id. A change of process restarts the measurement.
    mutating func sample(_ process: Int) -> ResourceSample {
        if process != self.process { self = ResourceSampler(process: process) }
        let (now, used) = (ContinuousClock.now, Self.processorSeconds(process))
        defer { (time, self.used) = (now, used) }
        let passed = time.duration(to: now) / .seconds(1)
        let fraction = passed > 0 ? (used - self.used) / passed / cores : 0
        return ResourceSample(memoryBytes: Self.residentBytes(process), cpuFraction: min(max(fraction, 0), 1))
    }

    /// User plus system time of all threads in seconds, from fields 14 and 15 of `/proc/PID/stat`;
    /// 0 if the file cannot be read. Fields are counted after the last parenthesis, because the
    /// second field, the process name, may contain anything.
    private static func processorSeconds(_ process: Int) -> Double {
        guard let text = line("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            return 0
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory in bytes, from the second field of `/proc/PID/statm`, which counts pages; 0
    /// if the file cannot be read.
    private static func residentBytes(_ process: Int) -> Int {
        let numbers = line("/proc/\(process)/statm")?.split(separator: " ") ?? []
        guard numbers.count > 1, let pages = Int(numbers[1]) else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func line(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        return String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
