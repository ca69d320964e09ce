package import Foundation

/// The formats in which a network leaves for other programs, by the names that the command line has.
package enum NetworkFormat: String, CaseIterable, Sendable {
    case keras
    case kerasWeights = "keras-weights"
    case h5, onnx, tflite

    /// The usual end of a file's name.
    package var suffix: String {
        switch self {
        case .keras: ".keras"
        case .kerasWeights: ".weights.h5"
        case .h5: ".h5"
        case .onnx: ".onnx"
        case .tflite: ".tflite"
        }
    }

    /// The format that the end of a file's name stands for; nil if it stands for none.
    package init?(fileName: String) {
        let fitting = Self.allCases.filter { fileName.lowercased().hasSuffix($0.suffix) }
        guard let format = fitting.max(by: { $0.suffix.count < $1.suffix.count }) else { return nil }
        self = format
    }

    /// Returns the file's content.
    ///
    /// - Throws: `ExportFailure` or an error of libhdf5, as the format does.
    package func encode(_ graph: ExportGraph) throws -> Data {
        switch self {
        case .keras: try KerasFormats.archive(graph)
        case .kerasWeights: try KerasFormats.weights(graph)
        case .h5: try KerasFormats.hdf5(graph)
        case .onnx: try ONNXFormat.encode(graph)
        case .tflite: TFLiteFormat.encode(graph)
        }
    }
}
