import Core
import Foundation
import Plots

/// What the charts show of a run, batch by batch, with the three x axes.
struct RunHistory: Sendable {
    /// Epochs done with fractions, batches done, and seconds of training, for each batch.
    private(set) var positions: [Double] = []
    private(set) var steps: [Double] = []
    private(set) var seconds: [Double] = []
    private(set) var loss = ValueSeries()
    private(set) var accuracy = ValueSeries()
    private(set) var rate = ValueSeries()
    private(set) var speed = ValueSeries()
    /// Not a number where a batch did not report it.
    private(set) var gradientNorm = ValueSeries()
    private(set) var resources = Resources()
    /// Exponential moving averages, by `smoothing`.
    private(set) var smoothLoss = ValueSeries()
    private(set) var smoothAccuracy = ValueSeries()
    private(set) var smoothGradientNorm = ValueSeries()
    /// Weight of the average so far; 0 smooths nothing.
    private(set) var smoothing = 0.0
    /// Images a batch, for the time that a batch took.
    var batchSize = 32

    /// - Parameter smoothing: as `smooth` takes it.
    init(smoothing: Double = 0) { self.smoothing = smoothing }

    var count: Int { positions.count }

    /// What the program takes of the machine, about once a second, on the same x axes.
    struct Resources: Sendable {
        fileprivate(set) var positions: [Double] = []
        fileprivate(set) var steps: [Double] = []
        fileprivate(set) var seconds: [Double] = []
        /// Bytes, and per cent of all cores.
        fileprivate(set) var memory = ValueSeries()
        fileprivate(set) var processor = ValueSeries()
    }

    mutating func append(_ batch: TrainerEvent.BatchEnded) {
        positions.append(Double(batch.epoch) + Double(batch.step) / Double(max(1, batch.steps)))
        steps.append(Double(count))
        let took = batch.imagesPerSecond > 0 ? Double(batchSize) / batch.imagesPerSecond : 0
        seconds.append((seconds.last ?? 0) + took)
        loss.append(batch.batchLoss)
        accuracy.append(batch.accuracy)
        rate.append(batch.learningRate)
        speed.append(batch.imagesPerSecond)
        gradientNorm.append(batch.gradientNorm ?? .nan)
        if smoothing > 0 {
            smoothLoss.append(Self.blend(smoothLoss.values.last, batch.batchLoss, smoothing))
            smoothAccuracy.append(Self.blend(smoothAccuracy.values.last, batch.accuracy, smoothing))
            smoothGradientNorm.append(
                Self.blend(smoothGradientNorm.values.last, batch.gradientNorm ?? .nan, smoothing))
        }
    }

    /// Where the run now stands; samples of a pause share one place.
    mutating func append(_ sample: ResourceSample) {
        resources.positions.append(positions.last ?? 0)
        resources.steps.append(Double(count))
        resources.seconds.append(seconds.last ?? 0)
        resources.memory.append(Double(sample.memoryBytes))
        resources.processor.append(sample.cpuFraction * 100)
    }

    mutating func smooth(_ weight: Double) {
        smoothing = weight
        (smoothLoss, smoothAccuracy) = (Self.averages(loss, weight), Self.averages(accuracy, weight))
        smoothGradientNorm = Self.averages(gradientNorm, weight)
    }

    private static func averages(_ series: ValueSeries, _ weight: Double) -> ValueSeries {
        var result = ValueSeries()
        if weight > 0 { for value in series.values { result.append(blend(result.values.last, value, weight)) } }
        return result
    }

    /// A value that is not a number is passed over.
    private static func blend(_ average: Double?, _ value: Double, _ weight: Double) -> Double {
        guard let average, average.isFinite else { return value }
        return value.isFinite ? average * weight + value * (1 - weight) : average
    }
}
