import Testing

@testable import Training

@Suite struct BalancedOrderTests {
    private let labels =
        [Int](repeating: 0, count: 40) + [Int](repeating: 1, count: 2) + [Int](repeating: 3, count: 8)

    @Test func classesComeAlikeOften() {
        let draws = BalancedOrder(labels: labels, seed: 1).draws(epoch: 0)
        #expect(draws.count == labels.count)
        for start in stride(from: 0, to: 48, by: 3) {
            #expect(Set(draws[start..<start + 3].map { labels[$0.photo] }) == [0, 1, 3])
        }
        // All photos of a class come before one of them comes again, and each time under its own key.
        let small = draws.filter { labels[$0.photo] == 1 }
        for (index, draw) in small.enumerated() { #expect(draw.pass == index / 2) }
        #expect(Set(small.prefix(2).map(\.photo)) == [40, 41])
        #expect(Set(draws.map { $0.photo * 1000 + $0.pass }).count == draws.count)
        #expect(draws.filter { labels[$0.photo] == 0 }.allSatisfy { $0.pass == 0 })
    }

    @Test func epochsDifferAndRepeatThemselves() {
        let order = BalancedOrder(labels: labels, seed: 1)
        #expect(order.draws(epoch: 3) == order.draws(epoch: 3))
        #expect(order.draws(epoch: 3) != order.draws(epoch: 4))
        #expect(order.draws(epoch: 3) != BalancedOrder(labels: labels, seed: 2).draws(epoch: 3))
    }
}
