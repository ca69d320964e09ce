import Foundation
import Testing

@testable import Basics
@testable import Ranks

/// Runs `body` on every rank of a job whose ranks are threads, and returns the results.
private func together<Result: Sendable>(
    _ count: Int, silence: Double = 15, _ body: @escaping @Sendable (RankGroup, MemoryTransport) -> Result
) -> [Result] {
    let transports = MemoryTransport.job(of: count)
    let groups = transports.map { RankGroup($0, silence: silence) }
    nonisolated(unsafe) let results = UnsafeMutableBufferPointer<Result?>.allocate(capacity: count)
    results.initialize(repeating: nil)
    defer { results.deallocate() }
    DispatchQueue.concurrentPerform(iterations: 1) { _ in
        let done = DispatchGroup()
        for rank in 0..<count {
            let thread = Thread {
                results[rank] = body(groups[rank], transports[rank])
                done.leave()
            }
            done.enter()
            thread.start()
        }
        done.wait()
    }
    return results.map { $0! }
}

@Suite struct RankGroupTests {
    private static let members = [4, 1, 7].enumerated().map {
        RankMember(rank: $0, host: "node\($1)", process: 0)
    }

    @Test(arguments: [1, 2, 3, 5, 8]) func gathersEachRanksPart(count: Int) {
        let ranges = (0..<count).map { 10 * $0..<10 * $0 + ($0 == 1 ? 0 : 10) }
        let results = together(count) { group, _ in
            var bytes = [UInt8](repeating: 255, count: 10 * count)
            for i in ranges[group.rank] { bytes[i] = UInt8(group.rank) }
            bytes.withUnsafeMutableBytes { group.gather($0, ranges) }
            return bytes
        }
        let expected = (0..<count).flatMap { [UInt8](repeating: $0 == 1 ? 255 : UInt8($0), count: 10) }
        for result in results { #expect(result == expected) }
    }

    @Test(arguments: [1, 2, 3, 6, 9]) func broadcastsReachAll(count: Int) {
        let message = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) })
        let results = together(count) { group, _ in
            // One after the other, and an empty one in between.
            (0..<3).map { group.broadcast(group.isFirst ? ($0 == 1 ? Data() : message) : Data([9])) }
        }
        for result in results { #expect(result == [message, Data(), message]) }
    }

    @Test func messagesOfDifferentLengths() {
        let results = together(3) { group, _ in
            group.gather(Data(repeating: UInt8(group.rank), count: group.rank * 1000)).map(\.count)
        }
        for result in results { #expect(result == [0, 1000, 2000]) }
    }

    /// The sum has the bits of the tree, on every rank and whatever comes first.
    @Test(arguments: [1, 2, 3, 4, 7]) func sumsHaveOneOrder(count: Int) {
        let floats = 5003
        let buckets = [0..<1000, 1000..<1017, 1017..<floats]
        let summands = (0..<count).map { (rank: Int) -> [Float] in
            let scale: Float = rank % 2 == 0 ? 1e-3 : 1e3
            return (0..<floats).map { (i: Int) -> Float in Float(sin(Double(i * 31 + rank * 1009))) * scale }
        }
        let expected = (0..<floats).map { (i: Int) -> UInt32 in
            PairTree.reduce(0..<count, { summands[$0][i] }, combine: +).bitPattern
        }
        let results = together(count) { group, _ -> [[UInt32]] in
            let sum = BucketSum(group, buckets: buckets, order: .tree)
            return (0..<3).map { (round: Int) -> [UInt32] in
                for i in 0..<floats { sum.values[i] = summands[group.rank][i] }
                // In another order on each rank.
                for bucket in [0, 1, 2].map({ ($0 + group.rank + round) % 3 }) {
                    usleep(UInt32(group.rank * 300))
                    sum.start(bucket)
                }
                let isDone = sum.finish()
                return isDone ? (0..<floats).map { sum.values[$0].bitPattern } : []
            }
        }
        for result in results {
            let areSame = result == [expected, expected, expected]
            #expect(areSame)
        }
    }

    /// In a chain each rank adds to the sum of those before it, a loop as it were.
    @Test(arguments: [2, 3, 4, 7]) func chainsAddOneAfterTheOther(count: Int) {
        let buckets = [0..<1000, 1000..<1017, 1017..<3000]
        let summands = (0..<count).map { (rank: Int) -> [Float] in
            (0..<3000).map { (i: Int) -> Float in Float(sin(Double(i * 31 + rank * 1009))) }
        }
        let expected = (0..<3000).map { (i: Int) -> UInt32 in
            summands.reduce(Float(0)) { $0 + $1[i] }.bitPattern
        }
        let results = together(count) { group, _ -> [[UInt32]] in
            let sum = BucketSum(group, buckets: buckets, order: .chain)
            return (0..<3).map { _ -> [UInt32] in
                sum.begin()
                for (index, bucket) in buckets.enumerated() {
                    guard sum.carry(index, counts: true) else { return [] }
                    for i in bucket {
                        sum.values[i] = (group.rank == 0 ? 0 : sum.values[i]) + summands[group.rank][i]
                    }
                    sum.start(index)
                }
                return sum.finish() ? (0..<3000).map { sum.values[$0].bitPattern } : []
            }
        }
        for result in results {
            let areSame = result == [expected, expected, expected]
            #expect(areSame)
        }
    }

    /// Neighbouring summands, as many as a power of two for each of fewer ranks, give the same bits.
    @Test func aTreeIsMadeOfTrees() {
        let values = (0..<24).map { Float(sin(Double($0))) * pow(10, Float($0 % 5)) }
        func sum(_ values: [Float]) -> Float { PairTree.reduce(values.indices, { values[$0] }, combine: +) }
        for (count, size) in [(16, 2), (16, 8), (12, 4), (6, 2), (24, 8), (5, 1)] {
            let whole = Array(values[..<count])
            let parts = stride(from: 0, to: count, by: size).map { sum(Array(whole[$0..<$0 + size])) }
            #expect(sum(parts).bitPattern == sum(whole).bitPattern)
        }
        // The order is not that of a loop.
        #expect(sum(values) != values.reduce(0, +))
    }

    @Test func aRankThatStopsIsNamed() {
        let start = ContinuousClock.now
        let results = together(3, silence: 1) { group, transport -> (RankFailure?, Bool) in
            group.members = Self.members
            _ = group.gather(1)
            if group.rank == 1 { transport.stop() }
            let sum = BucketSum(group, buckets: [0..<100], order: .tree)
            sum.start(0)
            let isDone = sum.finish()
            // Whatever is asked for afterwards returns at once.
            _ = group.gather(2)
            _ = group.broadcast()
            return (group.failure, isDone)
        }
        #expect(results[0].0 == .silent(Self.members[1], seconds: 1) && !results[0].1)
        #expect(start.duration(to: .now).seconds < 10)
    }

    /// A process that is to end waits for others no longer than a moment, and says for whom.
    @Test func anEndingProcessDoesNotWait() {
        let results = together(2) { group, _ -> RankFailure? in
            group.members = Self.members.dropLast()
            if group.rank == 1 { return nil }
            group.endEarly { true }
            _ = group.gather(1)
            return group.failure
        }
        #expect(results[0] == .endedWaiting(for: [Self.members[1]]))
    }

    @Test func aProcessThatHasEndedIsFound() throws {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/true")
        try child.run()
        child.waitUntilExit()
        let process = child.processIdentifier
        let failures = together(2) { group, _ -> RankFailure? in
            group.members = [
                RankMember(rank: 0, host: "here", process: getpid()),
                RankMember(rank: 1, host: "here", process: process),
            ]
            if group.rank == 1 { return nil }
            _ = group.gather(1)
            return group.failure
        }
        #expect(failures[0] == .gone(RankMember(rank: 1, host: "here", process: process)))
    }

    /// MPI that has lost a rank exchanges nothing more; of two, it can only be the other.
    @Test(arguments: [2, 3]) func aLossIsTold(count: Int) {
        let members = Array(Self.members.prefix(count))
        let results = together(count) { group, transport -> RankFailure? in
            group.members = members
            _ = group.gather(1)
            if group.rank == 0 { transport.lose() }
            if group.rank == 1 { return nil }
            _ = group.gather(2)
            return group.failure
        }
        #expect(results[0] == (count == 2 ? .gone(members[1]) : .someGone))
    }

    /// With MPI or without: whose connection has closed has ended.
    @Test(arguments: [false, true]) func aRankWhoseConnectionClosesIsNamed(hasLost: Bool) throws {
        let (near, far) = try Loopback.pair()
        defer { close(near) }
        let connection = try #require(RankConnection.all().first { $0.descriptor == near })
        let isClosed = DispatchSemaphore(value: 0)
        let results = together(3) { group, transport -> RankFailure? in
            group.members = Self.members
            if group.rank == 0 { group.connections = [[], [], [connection]] }
            _ = group.gather(1)
            if group.rank == 2 {
                close(far)
                isClosed.signal()
                return nil
            }
            if group.rank == 1 { return nil }
            isClosed.wait()
            if hasLost { transport.lose() }
            _ = group.gather(2)
            return group.failure
        }
        #expect(results[0] == .gone(Self.members[2]))
    }

    @Test func connectionsAreFoundByBothTheirEnds() throws {
        let (near, far) = try Loopback.pair()
        defer { for end in [near, far] { close(end) } }
        let results = together(3) { group, _ -> [[Int32]] in
            try? group.findConnections()
            return group.connections.map { $0.map(\.descriptor) }
        }
        // The first watches the others, and they the first.
        #expect(results.map(\.count) == [3, 1, 1] && results[0][0].isEmpty)
        // The ranks are threads, and so each has both ends.
        for found in results[0].dropFirst() + results[1] + results[2] {
            #expect(Set([near, far]).isSubset(of: found))
        }
    }

    @Test func ranksThatDifferAreNamed() {
        func introduce(_ own: @escaping @Sendable (Int) -> RankIntroduction) -> [Result<
            [RankNotice], RankFailure
        >] {
            together(3) { group, _ in
                Result { try group.introduce(own(group.rank)) }.mapError { $0 as! RankFailure }
            }
        }
        @Sendable func rank(_ rank: Int) -> RankMember {
            RankMember(rank: rank, host: "h\(rank)", process: 1)
        }
        @Sendable func own(_ rank: Int, version: String = "1", engine: String = "e", options: String = "o")
            -> RankIntroduction
        {
            RankIntroduction(
                version: version, engine: engine, options: options, host: "h\(rank)", process: 1)
        }
        for result in introduce({ own($0, version: $0 == 2 ? "2" : "1") }) {
            #expect(result == .failure(.versions([rank(2)], theirs: "2", ours: "1")))
        }
        for result in introduce({ own($0, options: $0 > 0 ? "x" : "o") }) {
            #expect(result == .failure(.options([rank(1), rank(2)])))
        }
        for result in introduce({ own($0, engine: $0 == 1 ? "AVX2" : "e") }) {
            // Allowed, but said; links through memory are fast enough.
            #expect(result == .success([.engines([rank(1)], theirs: "AVX2", ours: "e")]))
        }
    }

    /// Ranks of one machine have no network between them.
    @Test func slowLinksBetweenMachinesAreNamed() {
        let members = ["a", "a", "b"].enumerated().map { RankMember(rank: $0, host: $1, process: 0) }
        #expect(RankGroup.slowest([1e9, 1, 1e9], members) == nil)
        #expect(
            RankGroup.slowest([1e9, 1, 11e6], members)
                == .slowLink(from: members[1], to: members[2], bytesPerSecond: 11e6))
        #expect(
            RankGroup.slowest([9e6, 1, 11e6], members)
                == .slowLink(from: members[2], to: members[0], bytesPerSecond: 9e6))
    }

    @Test func oneProblemIsEverybodys() {
        let results = together(3) { group, _ -> RankFailure? in
            group.members = Self.members
            do {
                try group.agree(problem: nil)
                try group.agree(problem: group.rank == 2 ? UserError("No photos here.") : nil)
                return nil
            } catch { return error as? RankFailure }
        }
        for result in results { #expect(result == .refused(Self.members[2], UserError("No photos here."))) }
    }

    @Test func theEnvironmentTellsTheJob() {
        #expect(MPIJob(environment: [:]) == nil)
        #expect(MPIJob(environment: ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"]) == nil)
        #expect(MPIJob(environment: ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "2"]) == nil)
        let job = MPIJob(environment: ["OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "2"])
        #expect(job?.rank == 2 && job?.count == 3)
    }
}

@Suite struct MPIJobTests {
    private func job(_ count: String?, _ rank: String?) -> MPIJob? {
        var environment = ["OMPI_COMM_WORLD_SIZE": count, "OMPI_COMM_WORLD_RANK": rank].compactMapValues(
            \.self)
        environment["HOME"] = "/"
        return MPIJob(environment: environment)
    }

    @Test func theEnvironmentNamesTheJob() {
        #expect(job("4", "3").map { [$0.rank, $0.count] } == [3, 4])
        for (count, rank) in [
            (nil, nil), ("1", "0"), ("2", nil), ("2", "2"), ("2", "-1"), ("x", "0"), ("2", ""),
        ] {
            #expect(job(count, rank) == nil, "\(count ?? "-") \(rank ?? "-")")
        }
    }

    /// Without the trait, every rank refuses; whether this build has it does not matter.
    @Test func withoutMPIRanksAreRefused() throws {
        for rank in ["0", "1"] {
            let own = try #require(job("2", rank))
            #expect(throws: RankFailure.notBuilt(ranks: 2)) { try own.join(isBuilt: false) }
        }
    }
}
