/// A value on a pickle's stack. Collections are places in `PickleObjects`, so that one that contains
/// itself, or a million nested ones, are no danger to whoever frees or walks them.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer of more than 64 bits: its bytes, little endian.
    case long([UInt8])
    case number(Double)
    case text(String)
    case global(PickleGlobal)
    /// A tuple.
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int? { if case .integer(let number) = self { number } else { nil } }
}

/// The classes and functions that a state dict needs. A pickle that names another is refused.
enum PickleGlobal: Equatable {
    case orderedDictionary
    /// `torch.Size`, a tuple.
    case size
    case rebuildTensor
    case rebuildParameter
    case storage(TorchElement)

    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch", "Size"): self = .size
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", _):
            guard let element = TorchElement(storage: name) else { return nil }
            self = .storage(element)
        default: return nil
        }
    }
}

/// The collections, storages and tensors of a pickle, each at the place that its value names.
struct PickleObjects {
    /// Elements of tuples and lists.
    var sequences: [[PickleValue]] = []
    /// Entries in the order of the file, which may repeat a key.
    var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    var storages: [TorchStorage] = []
    var tensors: [TorchTensor] = []

    /// The elements of a tuple or list; nil for anything else.
    func elements(_ value: PickleValue) -> [PickleValue]? {
        switch value {
        case .tuple(let place), .list(let place): sequences[place]
        default: nil
        }
    }

    func integers(_ value: PickleValue) -> [Int]? {
        guard let elements = elements(value) else { return nil }
        let integers = elements.compactMap(\.integer)
        return integers.count == elements.count ? integers : nil
    }

    /// The value of a dictionary's entry with this text as its key.
    func value(_ key: String, of dictionary: Int) -> PickleValue? {
        dictionaries[dictionary].last { $0.key.text == key }?.value
    }
}
