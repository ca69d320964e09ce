import Basics
import Foundation
package import Network
package import Photos
import Recipes

/// A run's record of one epoch besides its metrics, `epochs/0003.safetensors`: the probabilities of
/// every validation photo, and the norms of each layer in the epoch's last batch.
///
/// Tensors are `validation/probabilities` [photos, classes], `validation/labels` [photos] and,
/// where something trained, `layers/norms` [layers, 4]: index, weight norm, gradient norm, update
/// ratio (NaN where there is none), and `layers/histograms` [layers that train, 35]: index, least
/// and greatest weight, and the numbers of weights in 32 bins. The metadata holds `epoch` and, as JSON, `classes` and `files`.
package struct EpochRecord: Sendable, Equatable {
    /// Epochs completed: the record of the first epoch is 1.
    package var epoch: Int
    package var classes: [String]
    /// Paths relative to the data folder, one per photo.
    package var files: [PhotoPath]
    package var labels: [Int]
    /// [photo][class], row major.
    package var probabilities: [Float]
    package var layers: [LayerNorms]

    package init(
        epoch: Int, classes: [String], files: [PhotoPath], labels: [Int], probabilities: [Float],
        layers: [LayerNorms] = []
    ) {
        (self.epoch, self.classes, self.files) = (epoch, classes, files)
        (self.labels, self.probabilities, self.layers) = (labels, probabilities, layers)
    }

    /// - Parameter photos: the photos that the indices of the predictions refer to.
    package init(_ outcome: EpochOutcome, classes: [String], photos: [Photo]) {
        let set = outcome.predictions
        self.init(
            epoch: set.epoch, classes: classes, files: set.predictions.map { photos[$0.photo].file },
            labels: set.predictions.map(\.label), probabilities: set.predictions.flatMap(\.probabilities),
            layers: outcome.layers)
    }

    private static let (probabilitiesName, labelsName, layersName, histogramsName) =
        ("validation/probabilities", "validation/labels", "layers/norms", "layers/histograms")
    /// Largest file in bytes, room for a million photos of 250 classes; larger ones are refused
    /// unread.
    static let longestFile = 1 << 30

    /// Maximum number of records kept, on disk and in memory.
    static let mostKept = 512

    /// Returns the epochs whose records to drop, so that a very long run keeps a bounded number:
    /// every second one of the older half, which spares the first and the newest.
    ///
    /// - Parameter epochs: ascending.
    static func surplus(of epochs: [Int], limit: Int = mostKept) -> [Int] {
        epochs.count <= limit ? [] : stride(from: 1, to: epochs.count / 2, by: 2).map { epochs[$0] }
    }

    /// Writes the file atomically.
    ///
    /// - Throws: `FileFailure` when it cannot be written.
    package func save(to path: String) throws {
        var tensors: NamedTensors = [
            Self.probabilitiesName: Tensor(shape: [files.count, classes.count], values: probabilities),
            Self.labelsName: Tensor(shape: [files.count], values: labels.map(Float.init)),
        ]
        if !layers.isEmpty {
            tensors[Self.layersName] = Tensor(
                shape: [layers.count, 4],
                values: layers.flatMap {
                    [Float($0.layer), $0.weightNorm, $0.gradientNorm ?? .nan, $0.updateRatio ?? .nan]
                })
        }
        tensors[Self.histogramsName] = histograms
        func json(_ list: some Encodable) throws -> String {
            String(decoding: try JSONEncoder().encode(list), as: UTF8.self)
        }
        try Safetensors.write(
            tensors, metadata: ["epoch": "\(epoch)", "classes": try json(classes), "files": try json(files)],
            to: path)
    }

    /// Reads and checks a file written by `save`.
    ///
    /// - Throws: `SafetensorsFailure` or `EpochRecordFailure` if it cannot be read, is damaged or too large.
    package static func load(_ path: String) throws -> EpochRecord {
        let bytes = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        guard bytes <= longestFile else {
            throw EpochRecordFailure(path, .tooLarge)
        }
        let (tensors, metadata) = try Safetensors.read(path)
        func list<Item: Decodable>(_ name: String) -> [Item]? {
            metadata[name].flatMap { try? JSONDecoder().decode([Item].self, from: Data($0.utf8)) }
        }
        guard let epoch = metadata["epoch"].flatMap({ Int32($0) }).map({ Int($0) }), epoch > 0,
            let classes: [String] = list("classes"), let files: [PhotoPath] = list("files"),
            let probabilities = tensors[probabilitiesName],
            probabilities.shape == [files.count, classes.count], let labels = tensors[labelsName],
            labels.shape == [files.count],
            labels.values.allSatisfy({ $0 >= 0 && Int(exactly: $0) ?? .max < classes.count }),
            tensors[layersName].map({ $0.shape.count == 2 && $0.shape[1] == 4 }) ?? true
        else { throw EpochRecordFailure(path, .noRecord) }
        let norms = tensors[layersName]?.values ?? []
        var layers = try stride(from: 0, to: norms.count, by: 4).map { row in
            guard let layer = Int(exactly: norms[row]), (0...Architecture.mostLayers).contains(layer) else {
                throw EpochRecordFailure(path, .unknownLayer)
            }
            func value(_ column: Int) -> Float? { norms[row + column].isNaN ? nil : norms[row + column] }
            return LayerNorms(
                layer: layer, weightNorm: norms[row + 1], gradientNorm: value(2), updateRatio: value(3))
        }
        add(tensors[histogramsName], to: &layers)
        return EpochRecord(
            epoch: epoch, classes: classes, files: files, labels: labels.values.map { Int($0) },
            probabilities: probabilities.values, layers: layers)
    }
}

extension RunFolder {
    package var epochs: String { path + "/epochs" }

    func epochRecord(_ epoch: Int) -> String {
        "\(epochs)/\(String(repeating: "0", count: max(0, 4 - "\(epoch)".count)))\(epoch).safetensors"
    }

    /// Epochs that have a record, ascending, as `EpochRecord.epoch` counts them.
    package var recordedEpochs: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: epochs)) ?? []
        return names.compactMap { name in
            guard name.hasSuffix(".safetensors"), let epoch = Int32(name.dropLast(12)).map(Int.init),
                epoch > 0,
                epochRecord(epoch).hasSuffix("/" + name)
            else { return nil }
            return epoch
        }.sorted()
    }

    /// Reads the record of an epoch.
    ///
    /// - Throws: `SafetensorsFailure` or `EpochRecordFailure` if there is none or it is damaged.
    package func loadEpoch(_ epoch: Int) throws -> EpochRecord { try EpochRecord.load(epochRecord(epoch)) }

    /// Writes a record to its place.
    package func save(_ record: EpochRecord) throws {
        try Home.prepare(epochs)
        try record.save(to: epochRecord(record.epoch))
    }

    /// Deletes some of the older records if there are more than `EpochRecord.mostKept`.
    package func thinEpochs() {
        for epoch in EpochRecord.surplus(of: recordedEpochs) { unlink(epochRecord(epoch)) }
    }

    /// Deletes the records of epochs after `epoch`.
    func removeEpochs(after epoch: Int) {
        for later in recordedEpochs where later > epoch { unlink(epochRecord(later)) }
    }
}
