/// The type of a storage's elements.
enum TorchElement: Equatable, CaseIterable {
    case float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, bool

    /// - Parameter storage: name of the class in the module `torch`.
    init?(storage: String) {
        guard let found = Self.allCases.first(where: { $0.storageName == storage }) else { return nil }
        self = found
    }

    private var storageName: String {
        switch self {
        case .float32: "FloatStorage"
        case .float64: "DoubleStorage"
        case .float16: "HalfStorage"
        case .bfloat16: "BFloat16Storage"
        case .int64: "LongStorage"
        case .int32: "IntStorage"
        case .int16: "ShortStorage"
        case .int8: "CharStorage"
        case .uint8: "ByteStorage"
        case .bool: "BoolStorage"
        }
    }

    /// Size of an element in bytes.
    var width: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }
}

/// A storage as the pickle names it: elements of one type, or a part of another storage.
struct TorchStorage: Equatable {
    var key: String
    var element: TorchElement
    /// Elements of the whole storage that the file holds.
    var count: Int
    /// The part of it that this is; all of it except in files of early versions.
    var part: Range<Int>
}

/// A view of a storage. The element at index (i, j, …) is the one i·strides[0] + j·strides[1] + …
/// after the first of `span`.
struct TorchTensor: Equatable {
    /// Place of the storage in `PickleObjects`.
    var storage: Int
    var shape: [Int]
    var strides: [Int]
    /// Number of elements, which the shape's product gives without overflow.
    let count: Int
    /// Elements of the whole storage from the first to the last that the view reaches.
    let span: Range<Int>

    /// Limits: extents of a tensor, and values of all tensors of a file.
    static let (mostExtents, mostValues) = (16, HDF5Structure.mostValues)

    /// - Throws: `TorchFailure.Fault` unless all elements lie within the storage.
    init(
        _ place: Int, _ storage: TorchStorage, offset: Int, shape: [Int], strides: [Int]
    ) throws(TorchFailure.Fault) {
        guard shape.count <= Self.mostExtents else { throw .foreign(.extents(shape.count)) }
        let beyond = TorchFailure.Fault.damaged(.tensorBeyondStorage)
        guard shape.count == strides.count, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }),
            offset >= 0, offset <= storage.part.count
        else { throw beyond }
        (self.storage, self.shape, self.strides) = (place, shape, strides)
        var (count, last) = (1, offset)
        // Also of an empty tensor, whose other extents others multiply.
        for extent in shape where extent > 0 {
            let (product, isTooMany) = count.multipliedReportingOverflow(by: extent)
            guard !isTooMany, product <= Self.mostValues else {
                throw .foreign(.moreValues(than: Self.mostValues))
            }
            count = product
        }
        guard !shape.contains(0) else {
            (self.count, span) = (0, 0..<0)
            return
        }
        for (extent, stride) in zip(shape, strides) {
            let (reach, isTooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
            guard !isTooFar, reach < storage.part.count - last else { throw beyond }
            last += reach
        }
        guard last < storage.part.count else { throw beyond }
        let start = storage.part.lowerBound
        (self.count, span) = (count, start + offset..<start + last + 1)
    }

    /// Returns the elements, row major, as Float32.
    ///
    /// - Parameter bytes: of `span`.
    func values(_ bytes: UnsafeRawBufferPointer, _ element: TorchElement) -> [Float] {
        switch element {
        case .float32: gather(bytes, Float.self) { $0 }
        case .float64: gather(bytes, Double.self) { Float($0) }
        case .float16: gather(bytes, Float16.self) { Float($0) }
        case .bfloat16: gather(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int64: gather(bytes, Int64.self) { Float($0) }
        case .int32: gather(bytes, Int32.self) { Float($0) }
        case .int16: gather(bytes, Int16.self) { Float($0) }
        case .int8: gather(bytes, Int8.self) { Float($0) }
        case .uint8: gather(bytes, UInt8.self) { Float($0) }
        case .bool: gather(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
        }
    }

    private func gather<Element: BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ type: Element.Type, _ float: (Element) -> Float
    ) -> [Float] {
        precondition(bytes.count == span.count * MemoryLayout<Element>.size)
        return [Float](unsafeUninitializedCapacity: count) { values, initialized in
            var index = [Int](repeating: 0, count: shape.count)
            var place = 0
            for number in 0..<count {
                let element = bytes.loadUnaligned(
                    fromByteOffset: place * MemoryLayout<Element>.size, as: Element.self)
                values.initializeElement(at: number, to: float(element))
                // The next index, the last extent fastest.
                for axis in shape.indices.reversed() {
                    index[axis] += 1
                    place += strides[axis]
                    if index[axis] < shape[axis] { break }
                    place -= strides[axis] * shape[axis]
                    index[axis] = 0
                }
            }
            initialized = count
        }
    }
}
