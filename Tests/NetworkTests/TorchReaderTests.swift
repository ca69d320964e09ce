import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// Files that PyTorch wrote (`Tests/Fixtures/torch/make_fixtures.py`), and files that it never would.
@Suite struct TorchReaderTests {
    static func path(_ name: String) -> String { Fixture.path("torch/\(name)") }

    @Test(
        "every type, view and container",
        arguments: ["types.pt", "types.pth", "types-protocol4.pt", "types-protocol4.pth"])
    func types(_ name: String) throws {
        let tensors = try TorchFile.read(Self.path(name))
        let plain = (0..<24).map(Float.init)
        var expected: NamedTensors = [
            "plain.weight": Tensor(shape: [2, 3, 4], values: plain),
            "transposed.weight": Tensor(
                shape: [4, 2, 3],
                values: (0..<4).flatMap { k in
                    (0..<2).flatMap { i in (0..<3).map { j in plain[12 * i + 4 * j + k] } }
                }),
            "sliced.weight": Tensor(shape: [2, 2], values: [16, 18, 20, 22]),
            "repeated.weight": Tensor(shape: [2, 3], values: [Float](repeating: 7, count: 6)),
            "parameter.weight": Tensor(shape: [2], values: [0.5, -0.5]),
            "scalar.num_batches_tracked": Tensor(shape: [], values: [1_234_567]),
            "empty.weight": Tensor(shape: [0, 3], values: []),
            "types.uint8": Tensor(shape: [3], values: [0, 3, 200]),
            "types.bool": Tensor(shape: [3], values: [1, 0, 1]),
        ]
        for type in ["float64", "float16", "bfloat16", "int64", "int32", "int16", "int8"] {
            expected["types.\(type)"] = Tensor(shape: [3], values: [-3, 0, 100])
        }
        #expect(Set(tensors.keys) == Set(expected.keys))
        for (name, tensor) in expected { #expect(tensors[name] == tensor, "\(name)") }
    }

    @Test("a checkpoint's state dict, without the prefixes that all its names have") func wrapped() throws {
        let tensors = try TorchFile.read(Self.path("checkpoint.pt"))
        #expect(
            tensors == [
                "fc.weight": Tensor(shape: [3, 2], values: [0, 1, 2, 3, 4, 5]),
                "fc.bias": Tensor(zeros: [3]),
            ])
    }

    @Test("names keep their order and divide at the last dot") func stored() throws {
        try TorchFile.withFile(Self.path("types.pth")) { file in
            #expect(file.tensors.first?.layer == "plain")
            #expect(file.tensors.first?.variable == "weight")
            #expect(file.tensors.first?.location == "plain.weight")
            #expect(file.tensors.map(\.layer).prefix(4) == ["plain", "transposed", "sliced", "repeated"])
        }
    }

    @Test("a whole model asks for its class", arguments: ["model.pt", "model.pth"])
    func wholeModel(_ name: String) {
        let message = userErrorMessage { _ = try WeightsFile.read(Self.path(name)) }
        #expect(message.contains("it asks for `torch.nn.modules.linear.Linear`"), "\(message)")
        #expect(message.contains("state_dict()"))
    }

    @Test("the content decides, and an unknown network is named") func unknownNetwork() throws {
        let folder = try TemporaryFolder()
        for name in ["types.pt", "types.pth"] {
            try FileManager.default.copyItem(atPath: Self.path(name), toPath: folder(name + ".h5"))
            #expect(
                fault { _ = try WeightsFile.read(folder(name + ".h5")) }
                    == .otherNetwork(tensor: "plain.weight"))
        }
        #expect(
            fault { _ = try WeightsFile.read(Self.path("mobilenet_v2.pt")) } == .symmetricPadding)
    }

    @Test(
        "a file cut short is one clear error, if anything is missing", arguments: ["types.pt", "types.pth"])
    func cutShort(_ name: String) throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: URL(fileURLWithPath: Self.path(name)))
        let expected = try TorchFile.read(Self.path(name))
        for count in stride(from: 16, to: whole.count - 1, by: 37) {
            try whole.prefix(count).write(to: URL(fileURLWithPath: folder("cut")))
            var found: NamedTensors?
            let message = userErrorMessage { found = try TorchFile.read(folder("cut")) }
            // A zip's table of contents stands behind all that is in it.
            if name == "types.pt", found == expected { continue }
            #expect(message.hasPrefix(folder("cut")), "\(count): \(message)")
            #expect(message.contains("cut short") || message.contains("damaged"), "\(count): \(message)")
        }
    }

    @Test("no flipped byte is more than an error") func flipped() throws {
        let folder = try TemporaryFolder()
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: Self.path("types.pth"))))
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= UInt8(truncatingIfNeeded: 1 << (place % 8))
            try Data(bytes).write(to: URL(fileURLWithPath: folder("flipped")))
            _ = try? TorchFile.withFile(folder("flipped")) { file in
                for tensor in file.tensors where tensor.shape.reduce(1, *) < 1 << 16 {
                    _ = try file.values(of: tensor)
                }
            }
        }
    }
}

/// The error of a `TorchFailure`, or nil.
func fault(_ body: () throws -> Void) -> TorchFailure.Fault? {
    do {
        try body()
        return nil
    } catch {
        return ((error as? UserError)?.failure as? TorchFailure ?? error as? TorchFailure)?.fault
    }
}

/// Files made by hand.
@Suite struct HostileTorchFilesTests {
    // MARK: Pickles

    private typealias Bytes = [UInt8]

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> Bytes {
        withUnsafeBytes(of: number.littleEndian) { Bytes($0) }
    }
    private static func letters(_ text: String) -> Bytes { Bytes(text.utf8) }
    private static func text(_ text: String) -> Bytes {
        let letters = letters(text)
        return [0x58] + bytes(UInt32(letters.count)) + letters
    }
    private static func integer(_ number: Int) -> Bytes { [0x8a, 8] + bytes(number) }
    private static func tuple(_ elements: [Bytes]) -> Bytes {
        letters("(") + Bytes(elements.joined()) + letters("t")
    }
    private static func list(_ elements: [Bytes]) -> Bytes {
        letters("](") + Bytes(elements.joined()) + letters("e")
    }
    private static func global(_ module: String, _ name: String) -> Bytes {
        letters("c\(module)\n\(name)\n")
    }
    private static func call(_ module: String, _ name: String, _ arguments: [Bytes]) -> Bytes {
        global(module, name) + tuple(arguments) + letters("R")
    }
    private static func storage(
        _ key: String, count: Int, type: String = "FloatStorage", view: Bytes? = nil
    ) -> Bytes {
        var parts = [text("storage"), global("torch", type), text(key), text("cpu"), integer(count)]
        if let view { parts.append(view) }
        return tuple(parts) + letters("Q")
    }
    private static func tensor(
        _ storage: Bytes, offset: Int = 0, _ shape: [Int], strides: [Int]
    ) -> Bytes {
        let arguments: [Bytes] = [
            storage, integer(offset), tuple(shape.map(integer)), tuple(strides.map(integer)), [0x89],
            letters("N"),
        ]
        return call("torch._utils", "_rebuild_tensor_v2", arguments)
    }
    private static func dictionary(_ entries: [(String, Bytes)]) -> Bytes {
        var pickle = letters("}(")
        for (key, value) in entries { pickle += text(key) + value }
        return pickle + letters("u")
    }

    private struct Stored {
        var key = "k"
        var count = 4
        var bytes = Bytes(repeating: 0, count: 16)
    }

    /// A file of the earlier form.
    private static func file(_ object: Bytes, _ storages: [Stored] = [], machine: Bytes? = nil) -> Bytes {
        let magic: Bytes = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
        let little = dictionary([("little_endian", [0x88])])
        let keys = list(storages.map { text($0.key) })
        var file: Bytes = []
        for pickle in [magic, integer(1001), machine ?? little, object, keys] {
            file += [0x80, 2] + pickle + letters(".")
        }
        for storage in storages { file += bytes(storage.count) + storage.bytes }
        return file
    }

    private func fault(_ bytes: [UInt8]) throws -> TorchFailure.Fault? {
        let folder = try TemporaryFolder()
        try Data(bytes).write(to: URL(fileURLWithPath: folder("w.pth")))
        return NetworkTests.fault { _ = try TorchFile.read(folder("w.pth")) }
    }

    @Test("files made by hand are read as PyTorch's are") func sound() throws {
        let folder = try TemporaryFolder()
        let values: [Float] = [1, 2, 3, 4]
        let storage = Stored(bytes: values.flatMap { Self.bytes($0.bitPattern) })
        let whole = Self.tensor(Self.storage("k", count: 4), offset: 1, [3], strides: [1])
        // As PyTorch before version 0.4 wrote views: a part of a storage, with a key of its own.
        let view = Self.tuple([Self.text("v"), Self.integer(2), Self.integer(2)])
        let part = Self.tensor(Self.storage("k", count: 4, view: view), [2], strides: [1])
        // As Python 2 wrote a dictionary in order: with its entries as an argument.
        let entries = Self.list([Self.tuple([Self.text("b"), part])])
        let ordered = Self.call("collections", "OrderedDict", [entries])
        for (object, expected) in [
            (Self.dictionary([("a", whole)]), ["a": Tensor(shape: [3], values: [2, 3, 4])]),
            (ordered, ["b": Tensor(shape: [2], values: [3, 4])]),
        ] {
            try Data(Self.file(object, [storage])).write(to: URL(fileURLWithPath: folder("w")))
            #expect(try TorchFile.read(folder("w")) == expected)
        }
    }

    @Test("a global that is not a tensor's is refused by its name") func globals() throws {
        let call = Self.call("os", "system", [Self.text("true")])
        #expect(try fault(Self.file(call)) == .asksFor("os.system"))
        let hidden = Self.dictionary([("a", Self.global("builtins", "eval"))])
        #expect(try fault(Self.file(hidden)) == .asksFor("builtins.eval"))
        let stacked = Self.text("posix") + Self.text("system") + [0x93]
        #expect(try fault(Self.file(stacked)) == .asksFor("posix.system"))
        let instance = Self.letters("(iposix\nsystem\n")
        #expect(try fault(Self.file(instance)) == .asksFor("posix.system"))
        let odd = Self.global("torch", "\u{1b}[2J" + String(repeating: "x", count: 500))
        guard case .asksFor(let name)? = try fault(Self.file(odd)) else {
            Issue.record("not refused")
            return
        }
        #expect(!name.contains("\u{1b}") && name.count <= 80)
        #expect(try fault(Self.file(Self.global("torch", "ComplexFloatStorage"))) != nil)
        // The machine's description and the keys are pickles too.
        #expect(try fault(Self.file([0x4e], machine: call)) == .asksFor("os.system"))
    }

    @Test("lengths that the file does not hold are refused before any memory is taken") func lengths() throws
    {
        let huge = Self.tensor(Self.storage("k", count: 1 << 40), [1 << 20], strides: [1])
        #expect(
            try fault(Self.file(Self.dictionary([("a", huge)]), [Stored(count: 1 << 40)]))
                == .damaged(.endsEarly))
        #expect(
            try fault(Self.file(Self.dictionary([("a", huge)]), [Stored()]))
                == .damaged(.storageSize("k", expected: 1 << 40, found: 4)))
        #expect(
            try fault(Self.file(Self.dictionary([("a", huge)])))
                == .damaged(.noStorage("k")))
        let text: [UInt8] = [0x58, 0xff, 0xff, 0xff, 0xff]
        #expect(try fault(Self.file(text)) == .damaged(.endsEarly))
        let long: [UInt8] = [0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
        guard case .damaged(.pickle)? = try fault(Self.file(long)) else {
            Issue.record("not refused")
            return
        }
        // An index of the memo is a number, not a size.
        let memo: [UInt8] = [0x4e] + Self.letters("r") + [0xff, 0xff, 0xff, 0xff]
        #expect(try fault(Self.file(memo)) == .noTensors)
    }

    @Test(
        "views beyond their storage are refused",
        arguments: [
            (0, [5], [1]), (1, [4], [1]), (0, [2, 3], [2, 1]), (5, [0], [1]), (-1, [1], [1]), (0, [-1], [1]),
            (0, [1], [-1]), (3, [2], [Int.max]), (4, [], []), (0, [2, 2], [1]),
        ])
    func views(_ offset: Int, _ shape: [Int], _ strides: [Int]) throws {
        let tensor = Self.tensor(Self.storage("k", count: 4), offset: offset, shape, strides: strides)
        #expect(
            try fault(Self.file(Self.dictionary([("a", tensor)]), [Stored()]))
                == .damaged(.tensorBeyondStorage))
    }

    @Test("a small file cannot describe more values than the limit") func expansion() throws {
        func tensor(_ shape: [Int]) -> [UInt8] {
            Self.tensor(Self.storage("k", count: 4), shape, strides: shape.map { _ in 0 })
        }
        let most = TorchFailure.Fault.foreign(.moreValues(than: TorchTensor.mostValues))
        for entries in [
            [tensor([1 << 28])], [tensor([1 << 40, 1 << 40])], [tensor([1 << 40, 1 << 40, 0])],
            [tensor([1 << 26]), tensor([1 << 26 + 1])],
        ] {
            let named = entries.enumerated().map { ("t\($0)", $1) }
            #expect(try fault(Self.file(Self.dictionary(named), [Stored()])) == most)
        }
        #expect(
            try fault(Self.file(Self.dictionary([("a", tensor([Int](repeating: 1, count: 17)))])))
                == .foreign(.extents(17)))
    }

    @Test("structures that lead back to themselves, or very deep ones, come to an end") func structure()
        throws
    {
        // A dictionary that is its own state dict.
        var own = Self.letters("}q\u{1}") + Self.text("state_dict")
        own += Self.letters("h\u{1}s")
        #expect(try fault(Self.file(own)) == .foreign(.deepDictionaries(than: 4)))
        let tuples = Self.letters("N") + [UInt8](repeating: 0x85, count: 1 << 20)
        #expect(try fault(Self.file(tuples)) == .noTensors)
        let list = Self.letters("]q\u{1}h\u{1}a")
        #expect(try fault(Self.file(list)) == .noTensors)
        let marks = [UInt8](repeating: UInt8(ascii: "("), count: 1 << 20)
        guard case .damaged? = try fault(Self.file(marks)) else {
            Issue.record("not refused")
            return
        }
        let endless = Self.file([UInt8](repeating: 0x4e, count: Unpickler.mostBytes + 9))
        #expect(try fault(endless) == .foreign(.longPickle(thanMiB: 4)))
    }

    @Test("what no state dict has is refused") func foreign() throws {
        #expect(
            try fault(Self.file([0x4e], machine: Self.dictionary([("little_endian", [0x89])]))) == .bigEndian)
        #expect(try fault(Self.file([0x80, 9])) == .foreign(.newerProtocol(9)))
        #expect(try fault(Self.file([0x82, 1])) == .foreign(.instruction(0x82)))
        #expect(try fault(Self.file(Self.dictionary([("a", [0x4e])]))) == .noTensors)
        #expect(try fault(Self.file(Self.text("a"))) == .noTensors)
        let tensor = Self.tensor(Self.storage("k", count: 4), [4], strides: [1])
        #expect(
            try fault(Self.file(Self.dictionary([("a", tensor), ("a", tensor)]), [Stored()]))
                == .damaged(.twice("a")))
        #expect(
            try fault(
                Self.file(Self.dictionary([("a", tensor)]), [Stored(), Stored()]))
                == .damaged(.twice("k")))
        let other = Self.tensor(Self.storage("k", count: 4, type: "IntStorage"), [4], strides: [1])
        #expect(
            try fault(Self.file(Self.dictionary([("a", tensor), ("b", other)]), [Stored()]))
                == .damaged(.storageSize("k", expected: 16, found: 16)))
        // Python's own pickle.
        #expect(try fault([0x80, 4] + Self.text("x") + Self.letters(".")) == .otherPickle)
        for nonsense in ["0", "t", "R", "b", "Q", "s", "u", "a", "e", "h\u{5}", "g1\n", "Ix\n"] {
            guard case .damaged? = try fault(Self.file(Self.letters(nonsense))) else {
                Issue.record("\(nonsense) is not refused")
                continue
            }
        }
    }

    @Test("zips: a big-endian writer, a missing and a wrong storage, two of one name") func zips() throws {
        let folder = try TemporaryFolder()
        let script = """
            import sys, zipfile, warnings
            warnings.simplefilter('ignore')
            source = zipfile.ZipFile(sys.argv[1])
            kind = sys.argv[3]
            with zipfile.ZipFile(sys.argv[2], 'w') as out:
                for entry in source.namelist():
                    content = source.read(entry)
                    if kind == 'big' and entry.endswith('byteorder'): content = b'big'
                    if kind == 'missing' and entry.endswith('data/0'): continue
                    if kind == 'wrong' and entry.endswith('data/0'): content = content[:-4]
                    out.writestr(entry, content)
                    if kind == 'twice' and entry.endswith('data/0'): out.writestr(entry, content)
            """
        let expected: [(String, TorchFailure.Fault?)] = [
            ("same", nil), ("big", .bigEndian), ("missing", .damaged(.noStorage("0"))),
            ("wrong", .damaged(.storageSize("0", expected: 96, found: 92))),
            ("twice", .damaged(.twice("data/0"))),
        ]
        for (kind, fault) in expected {
            let python = Process()
            python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            python.arguments = [
                "python3", "-c", script, TorchReaderTests.path("types.pt"), folder(kind), kind,
            ]
            try python.run()
            python.waitUntilExit()
            try #require(python.terminationStatus == 0)
            #expect(NetworkTests.fault { _ = try TorchFile.read(folder(kind)) } == fault, "\(kind)")
        }
    }
}
