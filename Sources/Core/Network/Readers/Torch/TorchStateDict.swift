/// The search for the state dict in what was saved, and for its tensors.
///
/// The rule: where a dictionary has a dictionary under `state_dict`, `model_state_dict` or `model`,
/// in this order, that one is taken, and the rule is applied to it again. Its entries that are
/// tensors are the state dict; other entries, such as a step count, are left out. If all names begin
/// with the same one of `module.` (DataParallel), `_orig_mod.` (torch.compile) and `model.`
/// (Lightning), it is dropped, up to three times.
struct TorchStateDict {
    /// Deepest nesting of dictionaries in dictionaries.
    static let deepest = 4
    private static let keys = ["state_dict", "model_state_dict", "model"]
    private static let prefixes = ["module.", "_orig_mod.", "model."]

    private let objects: PickleObjects

    init(_ objects: PickleObjects) { self.objects = objects }

    /// Returns the tensors by name, in the order of the file, as places in `PickleObjects`.
    func tensors(of root: PickleValue) throws(TorchFailure.Fault) -> [(name: String, place: Int)] {
        guard case .dictionary(var dictionary) = root else { throw .noTensors }
        var depth = 0
        while let inner = inner(dictionary) {
            depth += 1
            guard depth <= Self.deepest else { throw .foreign(.deepDictionaries(than: Self.deepest)) }
            dictionary = inner
        }
        var entries = objects.dictionaries[dictionary].compactMap { entry -> (name: String, place: Int)? in
            guard let name = entry.key.text, case .tensor(let place) = entry.value else { return nil }
            return (name, place)
        }
        guard !entries.isEmpty else { throw .noTensors }
        // As often as there are prefixes: a name that repeats them without end is not walked for long.
        for _ in Self.prefixes {
            guard
                let prefix = Self.prefixes.first(where: { prefix in
                    entries.allSatisfy { $0.name.hasPrefix(prefix) }
                })
            else { break }
            entries = entries.map { (String($0.name.dropFirst(prefix.count)), $0.place) }
        }
        var names: Set<String> = []
        for entry in entries where !names.insert(entry.name).inserted {
            throw .damaged(.twice(HDF5Structure.shown(entry.name)))
        }
        return entries
    }

    private func inner(_ dictionary: Int) -> Int? {
        for key in Self.keys {
            if case .dictionary(let inner)? = objects.value(key, of: dictionary) { return inner }
        }
        return nil
    }
}
