import ArgumentParser
import Foundation
import Network
import Recipes
import Runs
import Training

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "The network's layers, shapes, parameters, and what trains.")

    @OptionGroup var base: NetworkOptions
    @Option(
        help:
            "First trainable layer of the base, by number or name; the number of layers: none (default: the run's, else where training would begin)."
    )
    var fineTuneAt: LayerChoice?
    @Option(help: "Number of the head's classes (default: the run's, else 5).")
    var classes: Int?
    @Option(
        name: .customLong("run"), help: "A run's id: adds the norms of its weights, gradients and updates.")
    var id: String?
    @Flag(help: "Print one JSON object.")
    var json = false
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        if id == nil { _ = try fineTuneAt?.index(in: base.model, allowsNone: true) }
        if let classes, classes < 2 { throw ValidationError("--classes must be 2 or more, not \(classes).") }
    }

    private struct Report: Encodable {
        var model: String
        /// That of the run; nil if none is given.
        var precision: String?
        var baseInput: [Int]
        var baseOutput: [Int]
        var baseLayers: Int
        var baseParameters: Int
        var headParameters: Int
        var parameters: Int
        var fineTuneAt: Int
        var trainableParameters: Int
        var frozenParameters: Int
        var layers: [Layer]
    }

    private struct Layer: Encodable {
        var index: Int
        var name: String
        var kind: String
        var outputShape: [Int]
        var parameters: Int
        var trainable: Bool
        /// Norms of a run's weights and gradients, and of its last update relative to the weights.
        var weightNorm: Float?
        var gradientNorm: Float?
        var updateRatio: Float?
    }

    /// Returns the layers' norms from a run's newest epoch record, or else from its checkpoint.
    private func norms(_ folder: RunFolder) throws -> [Int: LayerNorms] {
        let recorded = try folder.recordedEpochs.last.map { try folder.loadEpoch($0).layers } ?? []
        let layers =
            recorded.isEmpty
            ? try Classifier(checkpoint: folder.id, home: place.homePath, threads: 1).layerNorms : recorded
        return Dictionary(layers.map { ($0.layer, $0) }) { first, _ in first }
    }

    func run() throws {
        let folder = try id.map { try RunFolder.find(home: place.homePath, id: $0) }
        let header = try folder.map { try Checkpoint.Header.load($0.last) }
        let norms = try folder.map(norms) ?? [:]
        let network = header?.recipe.network ?? base.network
        let fineTuneAt =
            try fineTuneAt?.index(in: network.architecture, allowsNone: true)
            ?? header.map { $0.state.fineTuneAt ?? network.layers.count }
            ?? network.architecture.standardFineTuneAt
        let classes = classes ?? header?.classes.count ?? 5
        let head = network.headParameters(classes: classes)
        let trainable = network.trainableParameters(from: fineTuneAt) + head
        let layers = network.summaries.map {
            Layer(
                index: $0.index, name: $0.name, kind: $0.kind, outputShape: $0.outputShape,
                parameters: $0.parameters,
                trainable: $0.index >= fineTuneAt, weightNorm: norms[$0.index]?.weightNorm,
                gradientNorm: norms[$0.index]?.gradientNorm, updateRatio: norms[$0.index]?.updateRatio)
        }
        let report = Report(
            model: network.architecture.rawValue, precision: header?.recipe.basePrecision.rawValue,
            baseInput: [network.imageSize, network.imageSize, 3],
            baseOutput: network.layers.last!.outputShape,
            baseLayers: layers.count, baseParameters: network.parameterCount, headParameters: head,
            parameters: network.parameterCount + head, fineTuneAt: fineTuneAt, trainableParameters: trainable,
            frozenParameters: network.parameterCount + head - trainable, layers: layers)
        if json {
            Console.line(try jsonLine(report))
            return
        }
        func shape(_ values: [Int]) -> String { values.map(String.init).joined(separator: "×") }
        func column(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        for layer in layers {
            Console.line(
                column("\(layer.index)", 5) + column(layer.name, 30) + column(layer.kind, 22)
                    + column(shape(layer.outputShape), 14) + column("\(layer.parameters)", 9)
                    + (layer.trainable ? "trains" : "frozen") + Self.text(norms[layer.index]))
        }
        Console.line(
            """

            base: input \(shape(report.baseInput)), output \(shape(report.baseOutput)), \
            \(report.baseLayers) layers, \(report.baseParameters) parameters\(header.map { ", \($0.recipe.basePrecision.rawValue)" } ?? "")
            head: global average pooling, dropout, dense \(classes), \(head) parameters\(Self.text(norms[network.headLayer]))
            trainable from layer \(fineTuneAt): \(trainable); frozen: \(report.frozenParameters)
            """)
    }

    /// Formats a layer's norms; empty for a layer without weights or if no run is given.
    private static func text(_ norms: LayerNorms?) -> String {
        guard let norms else { return "" }
        let moved = norms.gradientNorm.map { gradient in
            String(format: "  gradient %.2e  update %.1e", gradient, norms.updateRatio ?? 0)
        }
        return String(format: "  weights %.3f", norms.weightNorm) + (moved ?? "")
    }
}
