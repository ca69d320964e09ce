import Dashboard
import Foundation
import Testing

@testable import Terminal

@Suite struct ResourceSamplerTests {
    @Test func theSamplerMeasuresThisProcess() {
        var sampler = ResourceSampler()
        var sum = 0.0
        // Longer than the kernel's tick, the unit in which CPU time is counted.
        let start = clock()
        while clock() - start < 50_000 { sum += sum.squareRoot() + 1 }
        let sample = sampler.sample(Int(getpid()))
        #expect(sum > 0 && sample.memoryBytes > 1 << 20 && sample.cpuFraction > 0 && sample.cpuFraction <= 1)
    }
}
