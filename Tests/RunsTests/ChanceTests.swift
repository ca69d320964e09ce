import Basics
import Foundation
import Recipes
import TestSupport
import Testing

@testable import Runs

/// How much of a result may be chance, against statsmodels and SciPy (Tests/Fixtures/chance.py).
@Suite struct ChanceTests {
    private struct Golden: Decodable {
        struct Share: Decodable {
            var hits: Int
            var total: Int
            var interval: [Double]
        }
        struct Pair: Decodable {
            var first: Int
            var second: Int
            var p: Double
        }
        struct F1: Decodable {
            var counts: [Int]
            var interval: [Double]
        }
        var proportions: [Share]
        var pairs: [Pair]
        var macroF1: F1

        static func load() throws -> Golden {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(
                Golden.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("chance.json"))))
        }
    }

    /// Predictions of two classes or more with the given counts [true][predicted].
    private func matrix(_ counts: [Int], classes: Int) -> ConfusionMatrix {
        let predictions = counts.indices.flatMap { cell in
            (0..<counts[cell]).map { _ in
                var probabilities = [Float](repeating: 0, count: classes)
                probabilities[cell % classes] = 1
                return Prediction(photo: 0, label: cell / classes, probabilities: probabilities)
            }
        }
        return ConfusionMatrix(predictions, classes: classes)
    }

    @Test func intervalsAreStatsmodels() throws {
        for share in try Golden.load().proportions {
            let interval = try #require(Proportion(hits: share.hits, of: share.total).interval)
            #expect(abs(interval.lowerBound - share.interval[0]) < 1e-9)
            #expect(abs(interval.upperBound - share.interval[1]) < 1e-9)
        }
        #expect(Proportion(hits: 0, of: 0).interval == nil && Proportion(hits: 0, of: 0).value == nil)
        #expect(Proportion(accuracy: .nan, of: 10) == nil && Proportion(accuracy: 0.5, of: 0) == nil)
        #expect(Proportion(accuracy: 0.8214285969734192, of: 280) == Proportion(hits: 230, of: 280))
    }

    @Test func differencesAreMcNemars() throws {
        for pair in try Golden.load().pairs {
            let test = McNemarTest(photos: 4000, onlyFirst: pair.first, onlySecond: pair.second)
            #expect(abs(test.pValue - pair.p) < 1e-9, "\(pair)")
        }
        func guess(_ right: Bool) -> Prediction {
            Prediction(photo: 0, label: 0, probabilities: right ? [0.9, 0.1] : [0.1, 0.9])
        }
        let pairs = [(true, true), (true, false), (true, false), (false, true), (false, false)]
        let test = McNemarTest(pairs.map { (first: guess($0.0), second: guess($0.1)) })
        #expect(test == McNemarTest(photos: 5, onlyFirst: 2, onlySecond: 1))
    }

    /// SciPy drew other samples, so only two digits agree.
    @Test func macroF1IsSciPys() throws {
        let golden = try Golden.load().macroF1
        let found = try #require(matrix(golden.counts, classes: 5).macroF1Interval(resamples: 9999))
        #expect(abs(found.lowerBound - golden.interval[0]) < 0.004)
        #expect(abs(found.upperBound - golden.interval[1]) < 0.004)
        #expect(matrix([], classes: 0).macroF1Interval() == nil)
        #expect(matrix([3, 0, 0, 3], classes: 2).macroF1Interval() == 1...1)
    }

    /// The intervals hold what they promise: samples of a population whose truth is known.
    @Test func intervalsCoverTheTruth() throws {
        // Photos of each cell [true][predicted] in a thousand.
        let population = [280, 30, 20, 25, 250, 35, 15, 45, 300]
        let cells = population.indices.flatMap { [Int](repeating: $0, count: population[$0]) }
        let truth = matrix(population, classes: 3)
        let (accuracy, f1) = (try #require(truth.accuracy), try #require(truth.macroAverage.f1))
        var (accurate, within) = (0, 0)
        let samples = 1000
        for sample in 0..<samples {
            var random = CounterRandom(seed: 11, purpose: .folds, item: sample)
            var counts = [Int](repeating: 0, count: 9)
            for _ in 0..<280 { counts[cells[Int(random.below(1000))]] += 1 }
            let drawn = matrix(counts, classes: 3)
            let share = Proportion(hits: counts[0] + counts[4] + counts[8], of: 280)
            if try #require(share.interval).contains(accuracy) { accurate += 1 }
            if try #require(drawn.macroF1Interval(resamples: 400)).contains(f1) { within += 1 }
        }
        #expect((930...970).contains(accurate) && (930...970).contains(within), "\(accurate) \(within)")
    }
}
