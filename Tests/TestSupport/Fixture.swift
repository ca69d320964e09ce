package import Basics
import Foundation
package import Network

/// Reads the golden files of Tests/Fixtures with its own parser, so that the code under test does
/// not check itself.
package struct Fixture {
    private let header: [String: Any]
    private let content: Data

    package static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(name)").path
    }

    package init(_ name: String) throws {
        let file = try Data(contentsOf: URL(fileURLWithPath: Self.path(name)))
        let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        header = try JSONSerialization.jsonObject(with: file[8..<8 + length]) as! [String: Any]
        content = Data(file[(8 + length)...])
    }

    private func bytes(_ name: String) -> Data {
        let offsets = (header[name] as! [String: Any])["data_offsets"] as! [Int]
        return Data(content[offsets[0]..<offsets[1]])
    }

    package func floats(_ name: String) -> [Float] {
        bytes(name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    package func doubles(_ name: String) -> [Double] {
        bytes(name).withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    }

    package func integers(_ name: String) -> [Int] {
        bytes(name).withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }.map(Int.init)
    }

    package func shape(_ name: String) -> [Int] {
        (header[name] as! [String: Any])["shape"] as! [Int]
    }

    package var names: [String] { header.keys.filter { $0 != "__metadata__" } }
}

/// The test network: weights and images identical to the last bit to those of
/// Tests/Fixtures/keras_model.py and lite.py.
package enum HashNetwork {
    /// `count` values in [−1, 1): splitmix64 of the FNV-1a hash of `name` plus the index.
    package static func values(_ name: String, _ count: Int) -> [Double] {
        let seed = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return (0..<count).map { index in
            var z = seed &+ UInt64(index) &+ 0x9e37_79b9_7f4a_7c15
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            z ^= z >> 31
            return Double(z >> 40) * 0x1p-23 - 1
        }
    }

    package static func weight(_ name: String, _ shape: [Int]) -> Tensor {
        let parts = name.split(separator: "/")
        let (layer, variable) = (parts[0], parts[1])
        let scale: (Double) -> Double
        switch variable {
        case "kernel":
            let factor: Double =
                if layer == "dense" {
                    (6.0 / Double(shape[0])).squareRoot()
                } else if layer.hasSuffix("depthwise") || layer.hasSuffix("dwconv") {
                    (6.0 / Double(shape[0] * shape[1])).squareRoot()
                } else {
                    ((layer.hasSuffix("project") || layer.hasSuffix("project_conv") ? 3.0 : 6.0)
                        / Double(shape[0] * shape[1] * shape[2])).squareRoot()
                }
            scale = { $0 * factor }
        case "gamma", "moving_variance": scale = { 1 + 0.1875 * $0 }
        case "moving_mean": scale = { 0.09375 * $0 }
        default: scale = { 0.1875 * $0 }
        }
        return Tensor(shape: shape, values: values(name, shape.reduce(1, *)).map { Float(scale($0)) })
    }

    package static func tensors(_ network: Backbone, classes: Int = 5) -> NamedTensors {
        var result: NamedTensors = [:]
        for item in network.weights { result[item.name] = weight(item.name, item.shape) }
        result["dense/kernel"] = weight("dense/kernel", [network.featureChannels, classes])
        result["dense/bias"] = weight("dense/bias", [classes])
        return result
    }

    /// Preprocessed image `index`: size × size × 3 values.
    package static func image(_ index: Int, size: Int) -> [Float] {
        values("image_\(size)_\(index)", size * size * 3).map(Float.init)
    }

    package static func engine(
        _ architecture: Architecture = .mobileNetV2, batchSize: Int, threads: Int = 2, size: Int = 160,
        precision: Precision = .float32
    ) -> TrainingEngine {
        let network = Backbone(architecture, imageSize: size)
        let tensors = tensors(network)
        let engine = TrainingEngine(
            network: network, tensors: tensors, classes: 5, batchSize: batchSize, threads: threads,
            precision: precision)
        engine.loadHead(tensors)
        return engine
    }

}

/// Largest |a − b| relative to `absolute` + `relative`·|b|; at most 1 when all values agree.
package func disagreement(_ a: [Float], _ b: [Float], absolute: Float, relative: Float) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { worst, pair in
        let excess = abs(pair.0 - pair.1) / (absolute + relative * abs(pair.1))
        return excess.isNaN ? .infinity : max(worst, excess)
    }
}

/// Every `stride`-th value, sampled as in the fixture scripts.
package func samples(_ values: [Float], stride: Int, count: Int) -> [Float] {
    (0..<count).map { values[$0 * stride] }
}
