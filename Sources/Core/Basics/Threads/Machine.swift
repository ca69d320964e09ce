import Foundation

/// The cores and the memory that this process may use, which on a shared machine or in a container
/// are fewer than the machine has.
package enum Machine {
    /// Cores to compute on: those that the process may run on (`taskset`, SLURM), or fewer if the
    /// quota of its control group (containers) allows only so much time on them.
    package static let cores = cores(affinity: affinity(), quota: ControlGroup.own.processorQuota)

    /// - Parameter quota: processors' worth of time; nil for no limit.
    static func cores(affinity: Int, quota: Double?) -> Int {
        max(1, min(affinity, quota.map { Int(min($0, 1e6).rounded(.up)) } ?? affinity))
    }

    private static func affinity() -> Int {
        ControlGroup.text("/proc/self/status").flatMap { allowed(status: $0) }
            ?? max(1, ProcessInfo.processInfo.activeProcessorCount)
    }

    /// Returns the number of processors in the line `Cpus_allowed` of a process's status, groups of
    /// hexadecimal digits; nil if there is none.
    static func allowed(status: String) -> Int? {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else {
            return nil
        }
        let count = line.drop { $0 != ":" }.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
        return count > 0 ? count : nil
    }

    /// A limit of memory and what sets it.
    package struct Limit: Equatable, Sendable {
        package var bytes: Int
        package var cause: Cause

        /// The source of a limit.
        package enum Cause: Equatable, Sendable {
            case machine
            /// The part of the machine's memory that is free.
            case free
            case controlGroup
            /// A limit of the process in bytes, some of which are used already: for all of its
            /// address space, or for its data alone.
            case addressSpace(of: Int)
            case data(of: Int)
        }

        package init(bytes: Int, cause: Cause) { (self.bytes, self.cause) = (bytes, cause) }
    }

    /// The tightest limit of memory for what the process is still to allocate.
    package static func memory() -> Limit {
        let machine = Self.memoryInfo()
        let total = machine["MemTotal"] ?? Int(ProcessInfo.processInfo.physicalMemory)
        var limits = [Limit(bytes: total, cause: .machine)]
        if let available = machine["MemAvailable"] {
            let free = available + (machine["SwapFree"] ?? 0)
            limits.append(Limit(bytes: free, cause: .free))
        }
        if let group = ControlGroup.own.memoryLimit {
            limits.append(Limit(bytes: group, cause: .controlGroup))
        }
        return limits.min { $0.bytes < $1.bytes }!
    }

    /// The tightest limit of address space for what the process is still to allocate
    /// (`ulimit -v`, `ulimit -d`); nil for none.
    package static func addressSpace() -> Limit? {
        let status = values("/proc/self/status")
        func limit(_ resource: __rlimit_resource, _ used: String, _ cause: (Int) -> Limit.Cause) -> Limit? {
            var value = rlimit()
            guard getrlimit(__rlimit_resource_t(resource.rawValue), &value) == 0, value.rlim_cur < 1 << 46
            else { return nil }
            return Limit(
                bytes: max(0, Int(value.rlim_cur) - (status[used] ?? 0)),
                cause: cause(Int(value.rlim_cur)))
        }
        let limits = [
            limit(RLIMIT_AS, "VmSize", Limit.Cause.addressSpace),
            limit(RLIMIT_DATA, "VmData", Limit.Cause.data),
        ]
        return limits.compactMap(\.self).min { $0.bytes < $1.bytes }
    }

    private static func memoryInfo() -> [String: Int] { values("/proc/meminfo") }

    /// Peak memory (resident set) of a process that runs, in bytes; 0 once it has ended.
    ///
    /// `getrusage` will not do: a process that was spawned has at least its parent's peak there.
    package static func peakMemory(of process: Int32) -> Int {
        values("/proc/\(process)/status")["VmHWM"] ?? 0
    }

    /// Returns the sizes in a file of lines such as `MemTotal: 8123 kB`, in bytes.
    private static func values(_ path: String) -> [String: Int] {
        var result: [String: Int] = [:]
        for line in ControlGroup.text(path)?.split(separator: "\n") ?? [] {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ":" })
            if words.count == 3, words[2] == "kB", let number = Int(words[1]) {
                result[String(words[0])] = number * 1024
            }
        }
        return result
    }

    /// Formats a size, such as `1.5 GiB`.
    package static func size(_ bytes: Int) -> String {
        let gibibytes = Double(bytes) / Double(1 << 30)
        return gibibytes >= 1 ? String(format: "%.1f GiB", gibibytes) : "\(bytes >> 20) MiB"
    }
}

/// The limits of a process's control groups, version 1 or 2. The limit of every group above counts
/// too.
struct ControlGroup {
    /// Where the groups are mounted, and the process's groups by controller; version 2 has one,
    /// whose controller is "".
    let root: String
    let groups: [String: String]

    static let own = ControlGroup(
        root: "/sys/fs/cgroup", membership: text("/proc/self/cgroup") ?? "")

    /// - Parameter membership: the text of `/proc/self/cgroup`.
    init(root: String, membership: String) {
        self.root = root
        var groups: [String: String] = [:]
        for line in membership.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            for controller in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                groups[String(controller)] = String(parts[2])
            }
        }
        self.groups = groups
    }

    /// Folders of a group and of those above it. In a container the group's path is often that on
    /// the host, of which only the end, or nothing, is mounted.
    private func folders(_ mounts: [String], _ controller: String) -> [String] {
        var result = mounts.map { "\(root)\($0)" }
        var path = groups[controller] ?? "/"
        while path.count > 1 {
            result += mounts.map { "\(root)\($0)\(path)" }
            path = PathParts.folder(path)
        }
        return result
    }

    /// The fewest processors' worth of time that a group allows; nil for no limit.
    var processorQuota: Double? {
        let unified = folders([""], "").compactMap { folder -> Double? in
            let words = Self.text(folder + "/cpu.max")?.split { $0.isWhitespace } ?? []
            guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]) else {
                return nil
            }
            return quota > 0 && period > 0 ? quota / period : nil
        }
        let separate = folders(["/cpu", "/cpu,cpuacct", "/cpuacct,cpu"], "cpu").compactMap {
            folder -> Double? in
            guard let quota = Self.number(folder + "/cpu.cfs_quota_us"), quota > 0,
                let period = Self.number(folder + "/cpu.cfs_period_us"), period > 0
            else { return nil }
            return Double(quota) / Double(period)
        }
        return (unified + separate).min()
    }

    /// The least memory that a group allows, in bytes; nil for no limit.
    var memoryLimit: Int? {
        let files =
            folders([""], "").map { $0 + "/memory.max" }
            + folders(["/memory"], "memory").map { $0 + "/memory.limit_in_bytes" }
        // Version 1 writes "no limit" as a number beyond all memory.
        return files.compactMap(Self.number).filter { $0 > 0 && $0 < 1 << 60 }.min()
    }

    private static func number(_ path: String) -> Int? {
        text(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// The file's text; nil if it cannot be read. Files of `/proc` and `/sys` have no size.
    static func text(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        return (try? file.read(upToCount: 1 << 16)).map { String(decoding: $0, as: UTF8.self) }
    }
}
