import Foundation
package import Plots
import Recipes

/// The charts' data on a run, batch by batch, on three x axes. In a long run, a point stands for
/// several batches.
package struct RunHistory: Sendable {
    private var batches = RowTable(axes: 3, columns: 5)
    /// Batches completed, and seconds of training.
    private var (batchCount, time) = (0, 0.0)
    /// The newest batch, to tell the next one's accuracy from the epoch's mean.
    private var newest: TrainerEvent.BatchEnded?
    package private(set) var resources = Resources()
    /// Exponential moving averages with weight `smoothing`, across epochs; empty if it is 0.
    package private(set) var smoothLoss = ValueSeries()
    package private(set) var smoothAccuracy = ValueSeries()
    package private(set) var smoothGradientNorm = ValueSeries()
    /// Weight of the previous average; 0 turns smoothing off.
    package private(set) var smoothing: Double
    /// Weight of the previous average in a new run: about the last ten batches count.
    package static let usualSmoothing = 0.9
    /// Images per batch, to derive a batch's duration from its speed.
    var batchSize = 32

    /// - Parameter smoothing: the weight of the previous average, as for `smooth`.
    init(smoothing: Double = Self.usualSmoothing) { self.smoothing = smoothing }

    /// Positions of the points on the three x axes: epochs with fractions, batches, and seconds.
    package var positions: [Double] { batches.places[0] }
    var steps: [Double] { batches.places[1] }
    var seconds: [Double] { batches.places[2] }
    package var loss: ValueSeries { batches.columns[0] }
    /// Accuracy of each batch alone.
    package var accuracy: ValueSeries { batches.columns[1] }
    package var rate: ValueSeries { batches.columns[2] }
    package var speed: ValueSeries { batches.columns[3] }
    /// NaN where a batch did not report it.
    package var gradientNorm: ValueSeries { batches.columns[4] }

    package var count: Int { batches.count }

    /// The training process's resource use, sampled about once a second, on the same x axes.
    package struct Resources: Sendable {
        fileprivate var samples = RowTable(axes: 3, columns: 2)
        package var positions: [Double] { samples.places[0] }
        package var steps: [Double] { samples.places[1] }
        package var seconds: [Double] { samples.places[2] }
        /// Memory in bytes, and CPU use in percent of all cores.
        package var memory: ValueSeries { samples.columns[0] }
        package var processor: ValueSeries { samples.columns[1] }
    }

    mutating func append(_ batch: TrainerEvent.BatchEnded) {
        batchCount += 1
        time += batch.imagesPerSecond > 0 ? Double(batchSize) / batch.imagesPerSecond : 0
        defer { newest = batch }
        let change = batches.append(
            [batch.position, Double(batchCount), time],
            [
                batch.batchLoss, ownAccuracy(batch), batch.learningRate, batch.imagesPerSecond,
                batch.gradientNorm ?? .nan,
            ])
        switch change {
        case .none: break
        case .joined: smooth(smoothing)
        case .appended where smoothing > 0:
            extend(&smoothLoss, with: loss.values[count - 1])
            extend(&smoothAccuracy, with: accuracy.values[count - 1])
            extend(&smoothGradientNorm, with: gradientNorm.values[count - 1])
        case .appended: break
        }
    }

    /// Adds a sample at the run's current position; samples taken during a pause share one.
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
        if smoothing > 0 { for value in series.values { extend(&result, with: value) } }
        return result
    }

    /// Appends the average after a value, ignoring values that are not finite. The average is not
    /// biased towards the first values (Kingma and Ba 2015, section 3).
    private func extend(_ averages: inout ValueSeries, with value: Double) {
        guard let last = averages.values.last, last.isFinite else { return averages.append(value) }
        guard value.isFinite else { return averages.append(last) }
        // A point of several batches moves the average as far as those batches would have.
        let weight = pow(smoothing, Double(batches.joined))
        let part = (1 - weight) / (1 - pow(weight, Double(averages.count + 1)))
        averages.append(last + (value - last) * part)
    }

    /// The accuracy of a batch alone, from the means over its epoch before and after it. All
    /// batches count alike, so that of a smaller last batch is approximate.
    private func ownAccuracy(_ batch: TrainerEvent.BatchEnded) -> Double {
        guard batch.step > 1, let newest, (newest.epoch, newest.step) == (batch.epoch, batch.step - 1),
            newest.accuracy.isFinite, batch.accuracy.isFinite
        else { return batch.accuracy }
        let step = Double(batch.step)
        return min(max(batch.accuracy * step - newest.accuracy * (step - 1), 0), 1)
    }
}
