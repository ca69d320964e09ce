/// An interpreter of pickles that makes numbers, texts, collections and descriptions of tensors, and
/// nothing else: it imports nothing and calls nothing.
///
/// Its memory is bounded by the length of the pickle. Source: CPython's `Lib/pickletools.py`;
/// `torch/serialization.py` and `torch/_utils.py`.
struct Unpickler {
    /// Longest pickle, in bytes: room for 30,000 tensors.
    static let mostBytes = 4 << 20

    private let bytes: [UInt8]
    /// The byte after those interpreted.
    private(set) var position = 0
    private(set) var objects = PickleObjects()

    private var stack: [PickleValue] = []
    /// Heights of the stack at its marks.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    /// Values of all tensors so far.
    private var values = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Interprets one pickle, from `position` on.
    mutating func load() throws(TorchFailure.Fault) -> PickleValue {
        (stack, marks, memo) = ([], [], [:])
        while true {
            let instruction = try byte()
            if instruction == UInt8(ascii: ".") { return try pop() }
            try interpret(instruction)
        }
    }

    private mutating func interpret(_ instruction: UInt8) throws(TorchFailure.Fault) {
        switch instruction {
        case 0x80:
            let version = Int(try byte())
            guard version <= 5 else { throw .foreign(.newerProtocol(version)) }
        case 0x95: _ = try take(8)
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"): stack.append(try top())
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
        case UInt8(ascii: "K"): stack.append(.integer(try number(1)))
        case UInt8(ascii: "M"): stack.append(.integer(try number(2)))
        case 0x8a: stack.append(try integer(count: number(1)))
        case 0x8b: stack.append(try integer(count: number(4)))
        case UInt8(ascii: "I"), UInt8(ascii: "L"): stack.append(try integerLine())
        case UInt8(ascii: "G"):
            let pattern = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            stack.append(.number(Double(bitPattern: pattern)))
        case UInt8(ascii: "X"), UInt8(ascii: "T"), UInt8(ascii: "B"): try pushText(number(4))
        case 0x8c, UInt8(ascii: "U"), UInt8(ascii: "C"): try pushText(number(1))
        case 0x8d, 0x8e: try pushText(number(8))
        case UInt8(ascii: "V"): stack.append(.text(try line()))
        case UInt8(ascii: "]"): pushList([])
        case UInt8(ascii: "l"): pushList(try popToMark())
        case UInt8(ascii: "a"): try appendToList([pop()])
        case UInt8(ascii: "e"): try appendToList(popToMark())
        case UInt8(ascii: ")"): pushTuple([])
        case UInt8(ascii: "t"): pushTuple(try popToMark())
        case 0x85: try pushTuple(pop(1))
        case 0x86: try pushTuple(pop(2))
        case 0x87: try pushTuple(pop(3))
        case UInt8(ascii: "}"): pushDictionary([])
        case UInt8(ascii: "d"): try pushDictionary(pairs(popToMark()))
        case UInt8(ascii: "s"): try addToDictionary(pop(2))
        case UInt8(ascii: "u"): try addToDictionary(popToMark())
        case UInt8(ascii: "p"), UInt8(ascii: "q"), UInt8(ascii: "r"), 0x94, UInt8(ascii: "g"),
            UInt8(ascii: "h"), UInt8(ascii: "j"):
            try remember(instruction)
        case UInt8(ascii: "c"): try pushGlobal(module: line(), name: line())
        case 0x93:
            let names = try pop(2).compactMap(\.text)
            guard names.count == 2 else { throw nonsense }
            try pushGlobal(module: names[0], name: names[1])
        case UInt8(ascii: "i"): try pushGlobal(module: line(), name: line())
        case UInt8(ascii: "R"), 0x81: try call()
        case UInt8(ascii: "b"): try build()
        case UInt8(ascii: "Q"): try pushStorage(pop())
        default: throw .foreign(.instruction(Int(instruction)))
        }
    }

    // MARK: Reading

    private var nonsense: TorchFailure.Fault { .damaged(.pickle(at: position)) }

    private mutating func byte() throws(TorchFailure.Fault) -> UInt8 {
        guard position < bytes.count else { throw .damaged(.endsEarly) }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ count: Int) throws(TorchFailure.Fault) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw .damaged(.endsEarly) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Takes an unsigned number, little endian; one beyond `Int` is damage.
    private mutating func number(_ width: Int) throws(TorchFailure.Fault) -> Int {
        let number = try take(width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: number) else { throw nonsense }
        return number
    }

    private mutating func line() throws(TorchFailure.Fault) -> String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw .damaged(.endsEarly)
        }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    /// Takes an integer in two's complement, little endian.
    private mutating func integer(count: Int) throws(TorchFailure.Fault) -> PickleValue {
        let bytes = Array(try take(count))
        guard count <= 8 else { return .long(bytes) }
        let isNegative = bytes.last.map { $0 & 0x80 != 0 } ?? false
        return .integer(bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
    }

    private mutating func integerLine() throws(TorchFailure.Fault) -> PickleValue {
        let text = try line()
        // As protocol 0 writes them.
        if text == "01" { return .bool(true) }
        if text == "00" { return .bool(false) }
        guard let number = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else { throw nonsense }
        return .integer(number)
    }

    // MARK: The stack

    private func top() throws(TorchFailure.Fault) -> PickleValue {
        guard stack.count > marks.last ?? 0, let top = stack.last else { throw nonsense }
        return top
    }

    private mutating func pop() throws(TorchFailure.Fault) -> PickleValue {
        let top = try top()
        stack.removeLast()
        return top
    }

    private mutating func pop(_ count: Int) throws(TorchFailure.Fault) -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw nonsense }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(TorchFailure.Fault) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw nonsense }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func pushText(_ count: Int) throws(TorchFailure.Fault) {
        stack.append(.text(String(decoding: try take(count), as: UTF8.self)))
    }

    private mutating func pushTuple(_ elements: [PickleValue]) {
        stack.append(.tuple(objects.sequences.count))
        objects.sequences.append(elements)
    }

    private mutating func pushList(_ elements: [PickleValue]) {
        stack.append(.list(objects.sequences.count))
        objects.sequences.append(elements)
    }

    private mutating func appendToList(_ elements: [PickleValue]) throws(TorchFailure.Fault) {
        guard case .list(let place) = try top() else { throw nonsense }
        objects.sequences[place] += elements
    }

    private mutating func pushDictionary(_ entries: [(key: PickleValue, value: PickleValue)]) {
        stack.append(.dictionary(objects.dictionaries.count))
        objects.dictionaries.append(entries)
    }

    private mutating func addToDictionary(_ elements: [PickleValue]) throws(TorchFailure.Fault) {
        guard case .dictionary(let place) = try top() else { throw nonsense }
        objects.dictionaries[place] += try pairs(elements)
    }

    private func pairs(
        _ elements: [PickleValue]
    ) throws(TorchFailure.Fault) -> [(key: PickleValue, value: PickleValue)] {
        guard elements.count % 2 == 0 else { throw nonsense }
        return stride(from: 0, to: elements.count, by: 2).map { (elements[$0], elements[$0 + 1]) }
    }

    private mutating func remember(_ instruction: UInt8) throws(TorchFailure.Fault) {
        func lineNumber() throws(TorchFailure.Fault) -> Int {
            guard let number = Int(try line()) else { throw nonsense }
            return number
        }
        let place =
            switch instruction {
            case UInt8(ascii: "p"), UInt8(ascii: "g"): try lineNumber()
            case UInt8(ascii: "q"), UInt8(ascii: "h"): try number(1)
            case UInt8(ascii: "r"), UInt8(ascii: "j"): try number(4)
            default: memo.count
            }
        switch instruction {
        case UInt8(ascii: "g"), UInt8(ascii: "h"), UInt8(ascii: "j"):
            guard let value = memo[place] else { throw nonsense }
            stack.append(value)
        default: memo[place] = try top()
        }
    }

    // MARK: Objects

    private mutating func pushGlobal(module: String, name: String) throws(TorchFailure.Fault) {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw .asksFor(HDF5Structure.shown("\(module).\(name)"))
        }
        stack.append(.global(global))
    }

    /// Calls the global below the tuple of arguments on the stack.
    private mutating func call() throws(TorchFailure.Fault) {
        let operands = try pop(2)
        guard case .global(let global) = operands[0], case .tuple(let place) = operands[1] else {
            throw nonsense
        }
        let arguments = objects.sequences[place]
        switch global {
        case .orderedDictionary:
            // Python 2 gives the entries as an argument.
            guard let entries = arguments.first else { return pushDictionary([]) }
            guard let entries = objects.elements(entries) else { throw nonsense }
            pushDictionary(
                try pairs(entries.map { objects.elements($0) ?? [] }.flatMap { $0.count == 2 ? $0 : [.none] })
            )
        case .size:
            guard arguments.count == 1, let extents = objects.integers(arguments[0]) else { throw nonsense }
            pushTuple(extents.map { .integer($0) })
        case .rebuildTensor:
            guard (6...7).contains(arguments.count), case .storage(let place) = arguments[0],
                let offset = arguments[1].integer, let shape = objects.integers(arguments[2]),
                let strides = objects.integers(arguments[3])
            else { throw nonsense }
            let tensor = try TorchTensor(
                place, objects.storages[place], offset: offset, shape: shape, strides: strides)
            values += tensor.count
            guard values <= TorchTensor.mostValues else {
                throw .foreign(.moreValues(than: TorchTensor.mostValues))
            }
            stack.append(.tensor(objects.tensors.count))
            objects.tensors.append(tensor)
        case .rebuildParameter:
            guard arguments.count == 3, case .tensor = arguments[0] else { throw nonsense }
            stack.append(arguments[0])
        case .storage: throw nonsense
        }
    }

    /// Drops the attributes that `state_dict()` gives its dictionary: the versions of the layers.
    private mutating func build() throws(TorchFailure.Fault) {
        _ = try pop()
        guard case .dictionary = try top() else { throw nonsense }
    }

    /// A persistent id: `('storage', class, key, device, count)`, in early versions with the part of
    /// the storage.
    private mutating func pushStorage(_ id: PickleValue) throws(TorchFailure.Fault) {
        guard let parts = objects.elements(id), (5...6).contains(parts.count), parts[0].text == "storage",
            case .global(.storage(let element)) = parts[1], let key = parts[2].text,
            let count = parts[4].integer, count >= 0, count <= Int.max / 8
        else { throw nonsense }
        var part = 0..<count
        if parts.count == 6, case .tuple = parts[5] {
            // The part's own key, its offset and its count.
            guard let view = objects.elements(parts[5]), view.count == 3, let start = view[1].integer,
                let length = view[2].integer, start >= 0, length >= 0, start <= count, length <= count - start
            else { throw nonsense }
            part = start..<start + length
        }
        stack.append(.storage(objects.storages.count))
        objects.storages.append(TorchStorage(key: key, element: element, count: count, part: part))
    }
}
