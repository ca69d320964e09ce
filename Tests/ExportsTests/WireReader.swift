import Foundation

/// Reads protobuf's wire format, so that the writer does not check itself.
struct WireReader {
    enum Value: Equatable {
        case varint(UInt64)
        case bits32(UInt32)
        case bytes([UInt8])
    }

    /// The fields in their order.
    private(set) var fields: [(number: Int, value: Value)] = []

    init(_ data: some Sequence<UInt8>) {
        let bytes = Array(data)
        var place = 0
        func varint() -> UInt64 {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while true {
                let byte = bytes[place]
                place += 1
                value |= UInt64(byte & 0x7f) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
        }
        while place < bytes.count {
            let key = varint()
            let number = Int(key >> 3)
            switch key & 7 {
            case 0: fields.append((number, .varint(varint())))
            case 2:
                let count = Int(varint())
                fields.append((number, .bytes(Array(bytes[place..<place + count]))))
                place += count
            case 5:
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
                fields.append((number, .bits32(bits)))
                place += 4
            default: preconditionFailure("wire type \(key & 7)")
            }
        }
    }

    func bytes(_ number: Int) -> [[UInt8]] {
        fields.compactMap { field in
            if field.number == number, case .bytes(let bytes) = field.value { bytes } else { nil }
        }
    }

    func messages(_ number: Int) -> [WireReader] { bytes(number).map { WireReader($0) } }
    func texts(_ number: Int) -> [String] { bytes(number).map { String(decoding: $0, as: UTF8.self) } }
    func integers(_ number: Int) -> [Int] {
        fields.compactMap { field in
            if field.number == number, case .varint(let value) = field.value {
                Int(Int64(bitPattern: value))
            } else {
                nil
            }
        }
    }

    /// Repeated integers in one piece.
    func packed(_ number: Int) -> [Int] {
        bytes(number).flatMap { bytes in
            var (result, value, shift): ([Int], UInt64, UInt64) = ([], 0, 0)
            for byte in bytes {
                value |= UInt64(byte & 0x7f) << shift
                shift += 7
                if byte < 0x80 {
                    result.append(Int(Int64(bitPattern: value)))
                    (value, shift) = (0, 0)
                }
            }
            return result
        }
    }
}
