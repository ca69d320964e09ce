import ArgumentParser
import Core

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "The network's layers, shapes, parameters, and what trains.")

    @Option(help: "First trainable layer of the base (0–153; 154: none).")
    var fineTuneAt = 100
    @Option(help: "Classes that the head tells apart.")
    var classes = 5
    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if !(0...154).contains(fineTuneAt) {
            throw ValidationError("--fine-tune-at must be a layer from 0 to 154, not \(fineTuneAt).")
        }
        if classes < 2 { throw ValidationError("--classes must be 2 or more, not \(classes).") }
    }

    private struct Report: Encodable {
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
    }

    func run() throws {
        let network = MobileNetV2()
        let head = (MobileNetV2.featureChannels + 1) * classes
        let trainable = network.trainableParameters(from: fineTuneAt) + head
        let layers = network.summaries.map {
            Layer(
                index: $0.index, name: $0.name, kind: $0.kind, outputShape: $0.outputShape, parameters: $0.parameters,
                trainable: $0.index >= fineTuneAt)
        }
        let report = Report(
            baseInput: [network.imageSize, network.imageSize, 3], baseOutput: network.layers.last!.outputShape,
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
            print(
                column("\(layer.index)", 5) + column(layer.name, 30) + column(layer.kind, 22)
                    + column(shape(layer.outputShape), 14) + column("\(layer.parameters)", 9)
                    + (layer.trainable ? "trains" : "frozen"))
        }
        print(
            """

            base: input \(shape(report.baseInput)), output \(shape(report.baseOutput)), \
            \(report.baseLayers) layers, \(report.baseParameters) parameters
            head: global average pooling, dropout, dense \(classes), \(head) parameters
            trainable from layer \(fineTuneAt): \(trainable); frozen: \(report.frozenParameters)
            """)
    }
}
