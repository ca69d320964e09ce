/// A sample of a process's CPU and memory use.
package struct ResourceSample: Sendable, Equatable {
    /// Resident memory, in bytes.
    package var memoryBytes: Int
    /// CPU use since the previous sample, as a fraction of all cores.
    package var cpuFraction: Double

    package init(memoryBytes: Int, cpuFraction: Double) {
        (self.memoryBytes, self.cpuFraction) = (memoryBytes, cpuFraction)
    }
}
