import Foundation

/// A TensorFlow Lite model under construction: tensors, their values, and operators.
///
/// Field ids and enumeration values are those of TensorFlow Lite's FlatBuffers format, version 3.
struct TFLiteModel {
    enum ElementType: UInt8 {
        case float32 = 0
        case int32 = 2
        case uint8 = 3
        case int8 = 9
    }

    /// An operator's code and the version that has what is used here.
    struct Code: Hashable, Sendable {
        var code: UInt8
        var version: Int32 = 1

        static let add = Code(code: 0)
        static let convolution = Code(code: 3)
        static let depthwiseConvolution = Code(code: 4)
        static let fullyConnected = Code(code: 9)
        static let multiply = Code(code: 18)
        static let softmax = Code(code: 25)
        static let pad = Code(code: 34)
        static let mean = Code(code: 40)
        static let padWithValue = Code(code: 60)
        static let quantize = Code(code: 114)

        func version(_ version: Int32) -> Code { Code(code: code, version: version) }
    }

    /// An operator's options: the number of their kind, and their table.
    struct Options: Sendable {
        var kind: UInt8
        var table: FlatTable

        static func convolution(stride: Int, isDepthwise: Bool, isSame: Bool, activates: Bool) -> Options {
            let (stride, padding) = (FlatTable.Value.int(Int32(stride)), UInt8(isSame ? 0 : 1))
            let activation = FlatTable.Value.byte(activates ? 3 : 0)
            return isDepthwise
                ? Options(
                    kind: 2,
                    table: FlatTable([
                        0: .byte(padding), 1: stride, 2: stride, 3: .int(1), 4: activation,
                    ]))
                : Options(
                    kind: 1, table: FlatTable([0: .byte(padding), 1: stride, 2: stride, 3: activation]))
        }
        static let fullyConnected = Options(kind: 8, table: FlatTable())
        static let softmax = Options(kind: 9, table: FlatTable([0: .float(1)]))
        static let add = Options(kind: 11, table: FlatTable())
        static let multiply = Options(kind: 21, table: FlatTable())
        static let pad = Options(kind: 22, table: FlatTable())
        static let mean = Options(kind: 27, table: FlatTable())
        static let padWithValue = Options(kind: 43, table: FlatTable())
        static let quantize = Options(kind: 89, table: FlatTable())
    }

    /// Scales and zero points of a tensor, one for all or one for each index of `dimension`.
    struct Quantization {
        var scales: [Float]
        var zeros: [Int64]
        var dimension = 0

        init(_ scale: QuantizedGraph.Scale) { (scales, zeros) = ([scale.scale], [Int64(scale.zero)]) }

        /// Symmetric.
        init(scales: [Float], dimension: Int = 0) {
            (self.scales, self.dimension) = (scales, dimension)
            zeros = scales.map { _ in 0 }
        }

        var table: FlatTable {
            FlatTable([2: .floats(scales), 3: .longs(zeros), 6: .int(Int32(dimension))])
        }
    }

    private var tensors: [FlatTable] = []
    // The first buffer is that of all tensors without values.
    private var buffers: [FlatTable] = [FlatTable()]
    private var operators: [FlatTable] = []
    private var codes: [Code] = []

    /// Adds the tensor of a step, whose batch is any number; returns its index.
    mutating func activation(
        _ name: String, _ type: ElementType, _ shape: [Int], _ quantization: Quantization? = nil
    ) -> Int {
        let extents = shape.map(Int32.init)
        return append(name, type, [1] + extents, buffer: 0, quantization, signature: [-1] + extents)
    }

    mutating func constant(
        _ name: String, _ type: ElementType, _ shape: [Int], _ values: Data,
        _ quantization: Quantization? = nil
    ) -> Int {
        append(name, type, shape.map(Int32.init), buffer: buffer(values), quantization, signature: nil)
    }

    mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> Int {
        constant(name, .float32, shape, Data(littleEndian: values))
    }

    mutating func constant(_ name: String, _ shape: [Int], _ values: [Int32], _ scales: Quantization? = nil)
        -> Int
    {
        constant(name, .int32, shape, values.withUnsafeBytes { Data($0) }, scales)
    }

    mutating func constant(_ name: String, _ shape: [Int], _ values: [Int8], _ quantization: Quantization)
        -> Int
    {
        constant(name, .int8, shape, values.withUnsafeBytes { Data($0) }, quantization)
    }

    private mutating func append(
        _ name: String, _ type: ElementType, _ shape: [Int32], buffer: Int, _ quantization: Quantization?,
        signature: [Int32]?
    ) -> Int {
        var table = FlatTable([
            0: .ints(shape), 1: .byte(type.rawValue), 2: .int(Int32(buffer)), 3: .text(name),
        ])
        if let quantization { table.fields[4] = .table(quantization.table) }
        if let signature { table.fields[7] = .ints(signature) }
        table.fields[8] = .byte(1)
        tensors.append(table)
        return tensors.count - 1
    }

    private mutating func buffer(_ values: Data) -> Int {
        buffers.append(FlatTable([0: .data(values)]))
        return buffers.count - 1
    }

    mutating func add(_ code: Code, _ inputs: [Int], output: Int, _ options: Options) {
        let index = codes.firstIndex(of: code) ?? codes.count
        if index == codes.count { codes.append(code) }
        operators.append(
            FlatTable([
                0: .int(Int32(index)), 1: .ints(inputs.map(Int32.init)), 2: .ints([Int32(output)]),
                3: .byte(options.kind), 4: .table(options.table),
            ]))
    }

    /// Returns the file, with `metadata` and with a signature that names input and output.
    mutating func encode(
        description: String, input: (name: String, tensor: Int), output: (name: String, tensor: Int),
        metadata: Data
    ) -> Data {
        let metadataBuffer = buffer(metadata)
        let subgraph = FlatTable([
            0: .tables(tensors), 1: .ints([Int32(input.tensor)]), 2: .ints([Int32(output.tensor)]),
            3: .tables(operators), 4: .text("main"),
        ])
        func map(_ end: (name: String, tensor: Int)) -> FlatTable.Value {
            .tables([FlatTable([0: .text(end.name), 1: .int(Int32(end.tensor))])])
        }
        let signature = FlatTable([0: map(input), 1: map(output), 2: .text("serving_default")])
        let codes = codes.map {
            FlatTable([0: .byte($0.code), 2: .int($0.version), 3: .int(Int32($0.code))])
        }
        let model = FlatTable([
            0: .int(3), 1: .tables(codes), 2: .tables([subgraph]), 3: .text(description),
            4: .tables(buffers),
            6: .tables([FlatTable([0: .text("TFLITE_METADATA"), 1: .int(Int32(metadataBuffer))])]),
            7: .tables([signature]),
        ])
        return FlatBufferBuilder.encode(model, identifier: "TFL3")
    }
}
