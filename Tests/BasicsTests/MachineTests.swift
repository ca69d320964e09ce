import Foundation
import TestSupport
import Testing

@testable import Basics

/// The limits of containers, batch systems and shells.
@Suite struct MachineTests {
    private let root: TemporaryFolder

    init() throws { root = try TemporaryFolder() }

    private func put(_ text: String, _ path: String) throws {
        let whole = root(path)
        try FileManager.default.createDirectory(
            atPath: (whole as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: whole))
    }

    private func group(_ membership: String) -> ControlGroup {
        ControlGroup(root: root.path, membership: membership)
    }

    @Test func theTightestQuotaOfVersion2Counts() throws {
        try put("max 100000\n", "jobs/one/cpu.max")
        try put("150000 100000\n", "jobs/cpu.max")
        try put("1073741824\n", "jobs/one/memory.max")
        try put("max\n", "jobs/memory.max")
        #expect(group("0::/jobs/one\n").processorQuota == 1.5)
        #expect(group("0::/jobs/one\n").memoryLimit == 1 << 30)
        #expect(group("0::/\n").processorQuota == nil && group("0::/\n").memoryLimit == nil)
        // In a container the path is the host's, and the root is the container's own group.
        try put("50000 100000", "cpu.max")
        #expect(group("0::/../host/path").processorQuota == 0.5)
        #expect(group("").processorQuota == 0.5)
    }

    @Test func version1IsReadByController() throws {
        try put("300000", "cpu,cpuacct/job/cpu.cfs_quota_us")
        try put("100000", "cpu,cpuacct/job/cpu.cfs_period_us")
        try put("-1", "cpu/cpu.cfs_quota_us")
        try put("100000", "cpu/cpu.cfs_period_us")
        try put("9223372036854771712", "memory/memory.limit_in_bytes")
        let job = group("4:memory:/job\n3:cpu,cpuacct:/job\n")
        #expect(job.processorQuota == 3 && job.memoryLimit == nil)
        try put("2097152", "memory/job/memory.limit_in_bytes")
        #expect(job.memoryLimit == 2 << 20)
    }

    @Test func coresAreTheFewestThatAnythingAllows() {
        #expect(Machine.cores(affinity: 8, quota: nil) == 8)
        #expect(Machine.cores(affinity: 8, quota: 2) == 2)
        #expect(Machine.cores(affinity: 8, quota: 1.2) == 2)
        #expect(Machine.cores(affinity: 2, quota: 16) == 2)
        #expect(Machine.cores(affinity: 4, quota: 0.1) == 1)
        #expect(Machine.allowed(status: "Name:\tx\nCpus_allowed:\tff,0000000f\n") == 12)
        #expect(Machine.allowed(status: "Cpus_allowed:\t1") == 1)
        #expect(Machine.allowed(status: "Name:\tx\n") == nil)
        #expect(Machine.cores >= 1)
    }

    @Test func memoryHasALimitWithACause() {
        let limit = Machine.memory()
        #expect(limit.bytes > 1 << 26)
        #expect(Machine.size(3 << 29) == "1.5 GiB" && Machine.size(5 << 20) == "5 MiB")
    }
}
