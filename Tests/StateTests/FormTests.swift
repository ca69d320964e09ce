import Keys
import Phrases
import Testing

@testable import Dashboard

@Suite struct FormTests {
    private let form = Form(
        .guards,
        [
            .init(label: .fieldDivergence, value: .flag(true)),
            .init(label: .fieldEarlyStop, value: .amount(0.1, step: 0.05, range: 0...0.2)),
            .init(label: .fieldSchedule, value: .choice([.on, .off], chosen: 0)),
        ])

    private func pressed(_ keys: Key...) -> Form { keys.reduce(into: form) { _ = $0.press($1) } }

    @Test func tabGoesRoundAndArrowsDoNot() {
        #expect(pressed(.tab, .tab, .tab).focus == 0)
        #expect(pressed(.backTab).focus == 2)
        #expect(pressed(.down, .down, .down).focus == 2)
        #expect(pressed(.up).focus == 0)
    }

    @Test func arrowsChangeWithinTheRange() {
        #expect(pressed(.right).flag(0) == false)
        #expect(pressed(.down, .right).amount(1) == 0.15000000000000002)
        #expect(pressed(.down, .right, .right, .right).amount(1) == 0.2)
        #expect(pressed(.down, .left, .left, .left).amount(1) == 0)
        #expect(pressed(.tab, .tab, .left).chosen(2) == 1)
    }
}
