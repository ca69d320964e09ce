import Basics
import Foundation
package import Network
package import Photos
package import Recipes

/// The validation photos' predictions, epoch by epoch: how each photo was predicted over time, and
/// how the metrics of each class developed. A value that grows with live `PredictionSet`s or is
/// read from a run's folder.
package struct PredictionHistory: Sendable {
    package let classes: [String]
    /// Paths relative to the data folder; photos are indices into these.
    package let files: [PhotoPath]
    /// Ascending by epoch.
    package private(set) var epochs: [Epoch] = []
    /// Epochs whose records could not be read or have other classes.
    package private(set) var unreadable: [Int] = []

    /// All predictions of one epoch.
    package struct Epoch: Sendable {
        /// Epochs completed, from 1.
        package let epoch: Int
        package let confusion: ConfusionMatrix
        /// `LayerNorms` of the epoch's last batch, where they were recorded.
        package let layers: [LayerNorms]
        /// Indices of the photos, their labels, and their probabilities [photo][class], all in the
        /// same order.
        fileprivate let photos: [Int]
        fileprivate let labels: [Int]
        fileprivate let probabilities: [Float]
        /// Row of each photo in these arrays.
        fileprivate let rows: [Int: Int]
    }

    /// One photo after one epoch.
    package struct Moment: Sendable, Equatable {
        package var epoch: Int
        package var prediction: Prediction
    }

    /// - Parameter files: in the order that the predictions' indices refer to, that of
    ///   `DatasetSummary.photos`.
    package init(classes: [String], files: [PhotoPath]) { (self.classes, self.files) = (classes, files) }

    package init(_ dataset: DatasetSummary) {
        self.init(classes: dataset.classes, files: dataset.photos.map(\.file))
    }

    /// Reads the records of a run, newest epochs first, while they fit into `limit`.
    ///
    /// - Parameters:
    ///   - files: the photos to include, in the order of their indices; nil includes all that the
    ///     records name.
    ///   - limit: bytes of probabilities; the newest record is read whatever its size.
    /// - Throws: `RunFailure` if the run has no readable record.
    package init(run: RunFolder, classes: [String]? = nil, files: [PhotoPath]? = nil, limit: Int = 256 << 20)
        throws
    {
        var (records, failed, size): ([EpochRecord], [Int], Int) = ([], [], 0)
        for epoch in run.recordedEpochs.reversed() {
            guard let record = try? run.loadEpoch(epoch), classes == nil || record.classes == classes,
                records.isEmpty || record.classes == records[0].classes
            else {
                failed.append(epoch)
                continue
            }
            size += record.probabilities.count * 4
            if size > limit, !records.isEmpty { break }
            records.append(record)
        }
        guard let newest = records.first else {
            throw RunFailure.noPredictions(run.id)
        }
        var names = files ?? newest.files
        if files == nil {
            var known = Set(names)
            for file in records.flatMap(\.files) where known.insert(file).inserted { names.append(file) }
        }
        self.init(classes: newest.classes, files: names)
        unreadable = failed.reversed()
        let index = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        for record in records.reversed() { add(record, index) }
    }

    private mutating func add(_ record: EpochRecord, _ index: [PhotoPath: Int]) {
        let width = classes.count
        let rows = record.files.indices.filter { index[record.files[$0]] != nil }
        add(
            PredictionSet(
                epoch: record.epoch,
                predictions: rows.map { row in
                    Prediction(
                        photo: index[record.files[row]]!, label: record.labels[row],
                        probabilities: Array(record.probabilities[row * width..<(row + 1) * width]))
                }), layers: record.layers)
    }

    private mutating func add(_ set: PredictionSet, layers: [LayerNorms]) {
        epochs.append(
            Epoch(
                epoch: set.epoch, confusion: ConfusionMatrix(set.predictions, classes: classes.count),
                layers: layers,
                photos: set.predictions.map(\.photo), labels: set.predictions.map(\.label),
                probabilities: set.predictions.flatMap(\.probabilities),
                rows: Dictionary(set.predictions.enumerated().map { ($1.photo, $0) }) { first, _ in first }))
    }

    /// Appends the predictions that end an epoch; in a very long run, some of the older epochs are
    /// dropped (`EpochRecord.surplus`). A set is refused if its epoch is 0 or not later than the
    /// last one, as when predictions are refreshed on the way to the next epoch, or if it has
    /// photos or classes unknown here.
    ///
    /// - Returns: whether the set was appended.
    @discardableResult
    package mutating func append(_ set: PredictionSet, layers: [LayerNorms] = []) -> Bool {
        guard set.epoch > epochs.last?.epoch ?? 0,
            set.predictions.allSatisfy({
                files.indices.contains($0.photo) && $0.probabilities.count == classes.count
            })
        else { return false }
        add(set, layers: layers)
        let surplus = Set(EpochRecord.surplus(of: epochs.map(\.epoch)))
        if !surplus.isEmpty { epochs.removeAll { surplus.contains($0.epoch) } }
        return true
    }

    /// Returns the predictions after `epoch`; nil if they are not known.
    package func set(_ epoch: Int) -> PredictionSet? {
        self[epoch].map { found in
            PredictionSet(epoch: epoch, predictions: found.photos.indices.map { prediction(found, $0) })
        }
    }

    /// The record of `epoch`; nil if it is not known.
    package subscript(epoch: Int) -> Epoch? { epochs.first { $0.epoch == epoch } }

    /// Returns the predictions of an epoch and of another run's for the photos that both have, by file
    /// name; nil if there is none, an epoch is not known, or the classes differ.
    package func pairs(_ epoch: Int, with other: PredictionHistory, _ otherEpoch: Int) -> [(
        first: Prediction, second: Prediction
    )]? {
        guard classes == other.classes, let own = self[epoch], let its = other[otherEpoch] else { return nil }
        let places = Dictionary(its.photos.enumerated().map { (other.files[$1], $0) }) { first, _ in first }
        let pairs = own.photos.indices.compactMap { row in
            places[files[own.photos[row]]].map {
                (first: prediction(own, row), second: other.prediction(its, $0))
            }
        }
        return pairs.isEmpty ? nil : pairs
    }

    private func prediction(_ epoch: Epoch, _ row: Int) -> Prediction {
        Prediction(
            photo: epoch.photos[row], label: epoch.labels[row],
            probabilities: Array(epoch.probabilities[row * classes.count..<(row + 1) * classes.count]))
    }

    /// Returns the predictions of a photo, oldest epoch first; epochs without it are left out.
    package func moments(of photo: Int) -> [Moment] {
        epochs.compactMap { epoch in
            epoch.rows[photo].map { Moment(epoch: epoch.epoch, prediction: prediction(epoch, $0)) }
        }
    }

    /// Returns a metric of a class over the epochs, for sparklines; nil where it is undefined.
    package func series(of label: Int, _ metric: KeyPath<ConfusionMatrix.ClassMetrics, Double?>) -> [Double?]
    {
        epochs.map { $0.confusion.metrics(label)[keyPath: metric] }
    }

    /// A photo whose predicted class changed from one set of predictions to another.
    package struct Change: Sendable, Equatable {
        package var file: PhotoPath
        package var before: Prediction
        package var after: Prediction
        package var isGain: Bool { !before.isCorrect && after.isCorrect }
        package var isLoss: Bool { before.isCorrect && !after.isCorrect }
    }

    /// Returns the photos predicted as another class after `to` than after `from`, by file name;
    /// the two epochs may be of one run or of two. Empty if an epoch is not known or the classes
    /// differ.
    ///
    /// - Parameter other: the history that has `to`; nil means this one.
    package func changes(from: Int, to: Int, in other: PredictionHistory? = nil) -> [Change] {
        let other = other ?? self
        guard let before = self[from], let after = other[to], classes == other.classes else { return [] }
        let places = Dictionary(after.photos.enumerated().map { (other.files[$1], $0) }) { first, _ in first }
        return before.photos.indices.compactMap { row in
            let file = files[before.photos[row]]
            guard let place = places[file] else { return nil }
            let (old, new) = (prediction(before, row), other.prediction(after, place))
            return old.predicted == new.predicted ? nil : Change(file: file, before: old, after: new)
        }.sorted { $0.file < $1.file }
    }
}
