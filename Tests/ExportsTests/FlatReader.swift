import Foundation

/// A table in a FlatBuffer, so that the builder does not check itself.
struct FlatReader {
    let bytes: [UInt8]
    let place: Int

    /// The root table.
    init(_ data: Data) {
        bytes = Array(data)
        place = Int(Self.number(bytes, 0, 4))
    }

    private init(_ bytes: [UInt8], _ place: Int) { (self.bytes, self.place) = (bytes, place) }

    static func number(_ bytes: [UInt8], _ place: Int, _ width: Int) -> UInt64 {
        (0..<width).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }

    /// The place of a field; nil if the table leaves it out.
    func field(_ id: Int) -> Int? {
        let table = place - Int(Int32(truncatingIfNeeded: Int(Self.number(bytes, place, 4))))
        guard 4 + 2 * id < Int(Self.number(bytes, table, 2)) else { return nil }
        let offset = Int(Self.number(bytes, table + 4 + 2 * id, 2))
        return offset == 0 ? nil : place + offset
    }

    func byte(_ id: Int) -> UInt8? { field(id).map { bytes[$0] } }
    func int(_ id: Int) -> Int? {
        field(id).map { Int(Int32(truncatingIfNeeded: Int(Self.number(bytes, $0, 4)))) }
    }
    func float(_ id: Int) -> Float? { field(id).map { Float(bitPattern: UInt32(Self.number(bytes, $0, 4))) } }

    private func target(_ id: Int) -> Int? { field(id).map { $0 + Int(Self.number(bytes, $0, 4)) } }

    func table(_ id: Int) -> FlatReader? { target(id).map { FlatReader(bytes, $0) } }

    /// First element and number of elements of a vector.
    func vector(_ id: Int) -> (start: Int, count: Int)? {
        target(id).map { ($0 + 4, Int(Self.number(bytes, $0, 4))) }
    }

    func text(_ id: Int) -> String? {
        vector(id).map { String(decoding: bytes[$0.start..<$0.start + $0.count], as: UTF8.self) }
    }
    func data(_ id: Int) -> [UInt8]? { vector(id).map { Array(bytes[$0.start..<$0.start + $0.count]) } }
    func ints(_ id: Int) -> [Int] {
        guard let (start, count) = vector(id) else { return [] }
        return (0..<count).map { Int(Int32(truncatingIfNeeded: Int(Self.number(bytes, start + 4 * $0, 4)))) }
    }
    func longs(_ id: Int) -> [Int] {
        guard let (start, count) = vector(id) else { return [] }
        return (0..<count).map { Int(Int64(bitPattern: Self.number(bytes, start + 8 * $0, 8))) }
    }
    func floats(_ id: Int) -> [Float] { ints(id).map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) } }
    func tables(_ id: Int) -> [FlatReader] {
        guard let (start, count) = vector(id) else { return [] }
        return (0..<count).map { index in
            let entry = start + 4 * index
            return FlatReader(bytes, entry + Int(Self.number(bytes, entry, 4)))
        }
    }
}
