import Basics
import COpenBLAS
import Foundation

/// A search for photos whose label is likely wrong, by confident learning (Northcutt et al. 2021,
/// "Confident Learning: Estimating Uncertainty in Dataset Labels").
///
/// The probability of each class is the mean of two estimates that have not seen the photo itself:
/// a softmax head trained in `folds` folds on standardised features, and the vote of the photo's
/// nearest neighbours. Either alone finds fewer planted errors. Probabilities are taken relative to
/// the mean that photos of the class reach for their own class, so that a hard class is not
/// suspected as a whole.
struct LabelCheck {
    static let folds = 5
    /// Margin below which a photo is suspected: the probability of its label minus the best other
    /// one, each relative to the mean of its class.
    static let suspectMargin: Float = -0.4
    /// Classes with fewer photos are not judged.
    static let leastPhotos = 5
    /// Limit of photos times classes, beyond which the head is not trained: it would take hours.
    static let mostOutputs = 20_000_000
    private static let steps = 60
    private static let learningRate: Float = 3e-3
    private static let decay: Float = 0.1
    private static let voteSharpness: Float = 15
    /// Constant added to each class's vote, in which the nearest neighbour counts 1.
    private static let doubt: Float = 0.02

    struct Suspect: Equatable {
        var photo: Int
        var suggested: Int
        /// Probabilities of the label and of the suggested class.
        var probabilities: (label: Float, suggested: Float)
        var margin: Float

        static func == (a: Self, b: Self) -> Bool {
            (a.photo, a.suggested, a.margin) == (b.photo, b.suggested, b.margin)
                && a.probabilities == b.probabilities
        }
    }

    /// Returns the suspected photos, most suspicious first.
    ///
    /// - Parameters:
    ///   - rows: each photo's row in `features`.
    ///   - groups: photos that are copies of one another, and so never judge each other.
    ///   - progress: the steps done and the total.
    /// - Throws: `CancellationError`.
    static func suspects(
        _ features: FeatureMatrix, rows: [Int], labels: [Int], classes: Int, groups: [DuplicateSearch.Group],
        neighbors: FeatureNeighbors, pool: WorkerPool, progress: (_ done: Int, _ total: Int) -> Void,
        isCancelled: @Sendable () -> Bool
    ) throws -> [Suspect] {
        var groupOf = Array(rows.indices)
        for group in groups {
            for photo in group.photos { groupOf[photo] = group.photos[0] }
        }
        var probabilities = vote(labels, classes, groupOf, neighbors)
        if rows.count * classes <= mostOutputs, rows.count >= 2 * folds {
            let head = FoldedHead(
                features, rows, labels, classes: classes, folds: self.folds(labels, classes, groupOf),
                count: folds)
            for step in 0..<steps {
                if isCancelled() { throw CancellationError() }
                head.step(step + 1, learningRate: learningRate, decay: decay, pool)
                progress(step + 1, steps)
            }
            let own = head.probabilities(pool)
            for i in probabilities.indices { probabilities[i] = (probabilities[i] + own[i]) / 2 }
        }
        return rank(probabilities, labels, classes)
    }

    /// Deals each class's photos out to the folds in shuffled order, so that every fold gets its
    /// share of each class. Copies stay in one fold.
    private static func folds(_ labels: [Int], _ classes: Int, _ groupOf: [Int]) -> [Int] {
        var random = CounterRandom(seed: 0, purpose: .folds)
        var dealt = [Int](repeating: 0, count: classes)
        var fold = [Int](repeating: 0, count: labels.count)
        for photo in random.permutation(labels.count) where groupOf[photo] == photo {
            fold[photo] = dealt[labels[photo]] % folds
            dealt[labels[photo]] += 1
        }
        for photo in labels.indices { fold[photo] = fold[groupOf[photo]] }
        return fold
    }

    private static func vote(_ labels: [Int], _ classes: Int, _ groupOf: [Int], _ neighbors: FeatureNeighbors)
        -> [Float]
    {
        var probabilities = [Float](repeating: doubt, count: labels.count * classes)
        for photo in labels.indices {
            let judges = neighbors.of(photo).filter { groupOf[$0.photo] != groupOf[photo] }
            for (other, cosine) in judges {
                probabilities[photo * classes + labels[other]] += exp(
                    voteSharpness * (cosine - judges[0].cosine))
            }
            let range = photo * classes..<(photo + 1) * classes
            let sum = probabilities[range].reduce(0, +)
            for i in range { probabilities[i] /= sum }
        }
        return probabilities
    }

    private static func rank(_ probabilities: [Float], _ labels: [Int], _ classes: Int) -> [Suspect] {
        var (sums, counts) = ([Float](repeating: 0, count: classes), [Int](repeating: 0, count: classes))
        for (photo, label) in labels.enumerated() {
            sums[label] += probabilities[photo * classes + label]
            counts[label] += 1
        }
        let own = zip(sums, counts).map { max($0 / Float(max($1, 1)), 1 / Float(classes)) }
        let suspects = labels.enumerated().compactMap { photo, label -> Suspect? in
            guard counts[label] >= leastPhotos else { return nil }
            let row = probabilities[photo * classes..<(photo + 1) * classes]
            func relative(_ k: Int) -> Float { row[row.startIndex + k] / own[k] }
            let others = (0..<classes).filter { $0 != label && counts[$0] >= leastPhotos }
            guard let best = others.max(by: { relative($0) < relative($1) }) else { return nil }
            let margin = relative(label) - relative(best)
            guard margin < suspectMargin else { return nil }
            return Suspect(
                photo: photo, suggested: best,
                probabilities: (row[row.startIndex + label], row[row.startIndex + best]), margin: margin)
        }
        return suspects.sorted { ($0.margin, $0.photo) < ($1.margin, $1.photo) }
    }
}
