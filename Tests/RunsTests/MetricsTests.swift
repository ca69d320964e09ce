import Foundation
import TestSupport
import Testing

@testable import Recipes
@testable import Runs

/// Metrics of recorded predictions against scikit-learn and SciPy (Tests/Fixtures/metrics.py).
@Suite struct MetricsTests {
    private static let classes = 6

    private func predictions(_ fixture: Fixture) -> [Prediction] {
        let probabilities = fixture.floats("probabilities")
        return fixture.integers("labels").enumerated().map { row, label in
            Prediction(
                photo: row, label: label,
                probabilities: Array(probabilities[row * Self.classes..<(row + 1) * Self.classes]))
        }
    }

    private func expectEqual(
        _ found: [Double?], _ expected: [Double], tolerance: Double = 1e-12, _ what: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(found.count == expected.count, "\(what)", sourceLocation: location)
        for (a, b) in zip(found, expected) {
            // The fixture holds NaN where a metric is undefined.
            #expect(
                b.isNaN ? a == nil : abs((a ?? .nan) - b) <= tolerance,
                "\(what): \(String(describing: a)), \(b)", sourceLocation: location)
        }
    }

    @Test func countsAndRatiosEqualScikitLearns() throws {
        let fixture = try Fixture("metrics.safetensors")
        let matrix = ConfusionMatrix(predictions(fixture), classes: Self.classes)
        #expect(matrix.counts == fixture.integers("confusion") && matrix.ignored == 0)
        let metrics = matrix.metrics
        expectEqual(metrics.map(\.precision), fixture.doubles("classes/precision"), "precision")
        expectEqual(metrics.map(\.recall), fixture.doubles("classes/recall"), "recall")
        expectEqual(metrics.map(\.f1), fixture.doubles("classes/f1"), "F1")
        #expect(metrics[4].precision == nil && metrics[5].recall == nil, "the fixture has undefined values")
        for (name, average) in [("macro", matrix.macroAverage), ("weighted", matrix.weightedAverage)] {
            expectEqual([average.precision], fixture.doubles("\(name)/precision"), "\(name) precision")
            expectEqual([average.recall], fixture.doubles("\(name)/recall"), "\(name) recall")
            expectEqual([average.f1], fixture.doubles("\(name)/f1"), "\(name) F1")
        }
        #expect(
            metrics.map(\.support)
                == (0..<6).map { label in fixture.integers("labels").count { $0 == label } })
        #expect(matrix.share(0, 0) == metrics[0].recall && matrix.share(5, 0) == nil)
        let confusions = matrix.confusions
        #expect(
            confusions.allSatisfy {
                $0.label != $0.predicted && matrix.count($0.label, $0.predicted) == $0.count
            })
        #expect(confusions.map(\.count) == confusions.map(\.count).sorted(by: >))
        #expect(
            confusions.reduce(0) { $0 + $1.count } == matrix.total
                - (0..<6).reduce(0) { $0 + matrix.count($1, $1) })
    }

    @Test(arguments: [15, 10]) func calibrationEqualsScikitLearns(bins: Int) throws {
        let fixture = try Fixture("metrics.safetensors")
        let calibration = Calibration(predictions(fixture), classes: Self.classes, bins: bins)
        #expect(calibration.bins.map(\.count) == fixture.integers("bins_\(bins)/counts"))
        let filled = calibration.bins.filter { $0.count > 0 }
        expectEqual(filled.map(\.accuracy), fixture.doubles("bins_\(bins)/accuracy"), "accuracy")
        expectEqual(filled.map(\.confidence), fixture.doubles("bins_\(bins)/confidence"), "confidence")
        expectEqual([calibration.expectedError], fixture.doubles("bins_\(bins)/error"), "error")
        #expect(calibration.maximumError! >= calibration.expectedError!)
    }

    @Test func temperatureIsSciPysMinimum() throws {
        let fixture = try Fixture("metrics.safetensors")
        let predictions = predictions(fixture)
        let scaling = try #require(TemperatureScaling(fitting: predictions, classes: Self.classes))
        expectEqual([scaling.temperature], fixture.doubles("temperature"), tolerance: 1e-6, "temperature")
        expectEqual(
            [scaling.lossBefore, scaling.lossAfter], fixture.doubles("losses"), tolerance: 1e-9, "losses")
        let scaled = predictions.map { scaling($0) }
        #expect(scaled.map(\.predicted) == predictions.map(\.predicted))
        for bins in [15, 10] {
            let calibration = Calibration(scaled, classes: Self.classes, bins: bins)
            expectEqual(
                [calibration.expectedError], fixture.doubles("bins_\(bins)/error_after"), tolerance: 1e-6,
                "error")
        }
    }

    @Test func coverageEqualsNumPys() throws {
        let fixture = try Fixture("metrics.safetensors")
        let curve = CoverageCurve(predictions(fixture), classes: Self.classes)
        let points = fixture.doubles("thresholds").map { curve.point(at: $0) }
        expectEqual(points.map { $0?.coverage }, fixture.doubles("coverage"), "coverage")
        expectEqual(points.map { $0?.accuracy }, fixture.doubles("coverage/accuracy"), "accuracy")
        #expect(curve.points(21).map(\.coverage) == points.map { $0!.coverage })
        let beyond = try #require(curve.point(at: 1.1))
        #expect(beyond.coverage == 0 && beyond.accuracy == nil)
    }

    @Test func nothingAndNonsenseAreLeftOut() {
        let nonsense = [
            Prediction(photo: 0, label: 0, probabilities: [.nan, .nan]),
            Prediction(photo: 1, label: 2, probabilities: [0.5, 0.5]),
            Prediction(photo: 2, label: 0, probabilities: [1]),
            Prediction(photo: 3, label: -1, probabilities: [1, 0]),
            Prediction(photo: 4, label: 0, probabilities: []),
            Prediction(photo: 5, label: 0, probabilities: [.infinity, 0]),
        ]
        for predictions in [[], nonsense] {
            let matrix = ConfusionMatrix(predictions, classes: 2)
            #expect(matrix.total == 0 && matrix.ignored == predictions.count && matrix.accuracy == nil)
            #expect(
                matrix.metrics.allSatisfy { $0.f1 == nil && $0.support == 0 } && matrix.macroAverage.f1 == nil
            )
            let calibration = Calibration(predictions, classes: 2)
            #expect(
                calibration.bins.count == 15 && calibration.expectedError == nil
                    && calibration.maximumError == nil)
            #expect(TemperatureScaling(fitting: predictions, classes: 2) == nil)
            let curve = CoverageCurve(predictions, classes: 2)
            #expect(curve.point(at: 0) == nil && curve.points().isEmpty)
        }
        let none = ConfusionMatrix([], classes: 0)
        #expect(none.metrics.isEmpty && none.accuracy == nil && none.confusions.isEmpty)
        let one = [Prediction(photo: 0, label: 1, probabilities: [0.25, 0.75])] + nonsense
        #expect(
            ConfusionMatrix(one, classes: 2).accuracy == 1 && ConfusionMatrix(one, classes: 2).ignored == 6)
        #expect(
            Calibration(one, classes: 2).expectedError == 0.25
                && Calibration(one, classes: 2, bins: 0).bins.count == 1)
    }

    /// With every photo right or every photo wrong, the loss has no minimum, so the temperature
    /// stops at a bound.
    @Test(arguments: [(0, 0.01), (1, 100)]) func temperatureStaysInItsRange(label: Int, expected: Double)
        throws
    {
        let photos = [Float(0.6), 0.9, 1].map {
            Prediction(photo: 0, label: label, probabilities: [$0, 1 - $0])
        }
        let scaling = try #require(TemperatureScaling(fitting: photos, classes: 2))
        #expect(abs(scaling.temperature / expected - 1) < 1e-9 && scaling.lossAfter <= scaling.lossBefore)
        #expect(photos.map { scaling($0) }.allSatisfy { abs($0.probabilities.reduce(0, +) - 1) < 1e-6 })
    }

    @Test func differenceIsAfterLessBefore() throws {
        func matrix(_ pairs: [(Int, Int)]) -> ConfusionMatrix {
            ConfusionMatrix(
                pairs.map {
                    Prediction(photo: 0, label: $0, probabilities: $1 == 0 ? [0.9, 0.1, 0] : [0.1, 0.9, 0])
                }, classes: 3)
        }
        let difference = try #require(
            ConfusionDifference(
                from: matrix([(0, 0), (0, 1), (1, 1)]), to: matrix([(0, 0), (0, 0), (1, 0)])))
        #expect(difference.count(0, 0) == 1 && difference.count(0, 1) == -1 && difference.count(1, 1) == -1)
        #expect(
            difference.share(0, 0) == 0.5 && difference.share(1, 1) == -1 && difference.share(2, 2) == nil)
        #expect(difference.accuracy == 0 && difference.f1(2) == nil)
        #expect(ConfusionDifference(from: matrix([]), to: ConfusionMatrix([], classes: 2)) == nil)
    }
}
