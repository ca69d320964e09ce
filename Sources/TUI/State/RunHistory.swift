import Core
import Foundation
import Plots

/// What the charts show of a run, batch by batch, with the three x axes. Of a long run a point stands for several batches.
struct RunHistory: Sendable {
    private var batches = RowTable(axes: 3, columns: 5)
    /// Batches done, and seconds of training.
    private var (batchCount, time) = (0, 0.0)
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

    /// Epochs done with fractions, batches done, and seconds of training, for each point.
    var positions: [Double] { batches.places[0] }
    var steps: [Double] { batches.places[1] }
    var seconds: [Double] { batches.places[2] }
    var loss: ValueSeries { batches.columns[0] }
    var accuracy: ValueSeries { batches.columns[1] }
    var rate: ValueSeries { batches.columns[2] }
    var speed: ValueSeries { batches.columns[3] }
    /// Not a number where no batch reported it.
    var gradientNorm: ValueSeries { batches.columns[4] }

    var count: Int { batches.count }

    /// What the program takes of the machine, about once a second, on the same x axes.
    struct Resources: Sendable {
        fileprivate var samples = RowTable(axes: 3, columns: 2)
        var positions: [Double] { samples.places[0] }
        var steps: [Double] { samples.places[1] }
        var seconds: [Double] { samples.places[2] }
        /// Bytes, and per cent of all cores.
        var memory: ValueSeries { samples.columns[0] }
        var processor: ValueSeries { samples.columns[1] }
    }

    mutating func append(_ batch: TrainerEvent.BatchEnded) {
        batchCount += 1
        time += batch.imagesPerSecond > 0 ? Double(batchSize) / batch.imagesPerSecond : 0
        let position = Double(batch.epoch) + Double(batch.step) / Double(max(1, batch.steps))
        let change = batches.append(
            [position, Double(batchCount), time],
            [
                batch.batchLoss, batch.accuracy, batch.learningRate, batch.imagesPerSecond,
                batch.gradientNorm ?? .nan,
            ])
        switch change {
        case .none: break
        case .joined: smooth(smoothing)
        case .appended where smoothing > 0:
            smoothLoss.append(blend(smoothLoss.values.last, loss.values[count - 1]))
            smoothAccuracy.append(blend(smoothAccuracy.values.last, accuracy.values[count - 1]))
            smoothGradientNorm.append(blend(smoothGradientNorm.values.last, gradientNorm.values[count - 1]))
        case .appended: break
        }
    }

    /// Where the run now stands; samples of a pause share one place.
    mutating func append(_ sample: ResourceSample) {
        _ = resources.samples.append(
            [positions.last ?? 0, Double(batchCount), time],
            [Double(sample.memoryBytes), sample.cpuFraction * 100])
    }

    mutating func smooth(_ weight: Double) {
        smoothing = weight
        (smoothLoss, smoothAccuracy) = (averages(loss), averages(accuracy))
        smoothGradientNorm = averages(gradientNorm)
    }

    private func averages(_ series: ValueSeries) -> ValueSeries {
        var result = ValueSeries()
        if smoothing > 0 { for value in series.values { result.append(blend(result.values.last, value)) } }
        return result
    }

    /// A value that is not a number is passed over.
    private func blend(_ average: Double?, _ value: Double) -> Double {
        guard let average, average.isFinite else { return value }
        // A point of several batches moves the average as far as they would.
        let weight = pow(smoothing, Double(batches.joined))
        return value.isFinite ? average * weight + value * (1 - weight) : average
    }
}
