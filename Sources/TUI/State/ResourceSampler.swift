import Foundation

/// What this process took of the machine for a moment.
public struct ResourceSample: Sendable, Equatable {
    /// Resident memory.
    public var memoryBytes: Int
    /// Of all cores since the sample before: 1 is all of them, busy all the time.
    public var cpuFraction: Double

    public init(memoryBytes: Int, cpuFraction: Double) {
        (self.memoryBytes, self.cpuFraction) = (memoryBytes, cpuFraction)
    }
}

/// Measures this process by the kernel's counters. Each sample covers the time since the one before.
struct ResourceSampler {
    private var time = ContinuousClock.now
    private var used = Self.processorSeconds()
    private let cores = Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    mutating func sample() -> ResourceSample {
        let (now, used) = (ContinuousClock.now, Self.processorSeconds())
        defer { (time, self.used) = (now, used) }
        let passed = time.duration(to: now) / .seconds(1)
        let fraction = passed > 0 ? (used - self.used) / passed / cores : 0
        return ResourceSample(memoryBytes: Self.residentBytes(), cpuFraction: min(max(fraction, 0), 1))
    }

    /// User and system time of all threads.
    private static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The second number of `/proc/self/statm` counts pages; 0 where there is no such file.
    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let numbers = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        guard numbers.count > 1, let pages = Int(numbers[1]) else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
