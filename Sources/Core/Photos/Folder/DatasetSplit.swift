import Basics

/// Keras' split of a folder: shuffled by NumPy's `RandomState(seed)`, with the last
/// `validationSplit` fraction of the list kept for validation; and other splits of the same list.
///
/// Test photos come from the beginning of the list, so that the validation photos are those of a split
/// without them. A fold is one of K stretches of the rest. A stratified split takes each class's photos
/// from the list for themselves, in its order.
package enum DatasetSplit {
    /// The recipe's seed. The run's own seed does not move photos between the subsets.
    package static let seed: UInt32 = 42

    /// Returns the photos in Keras' order, training photos first.
    ///
    /// - Parameter files: class by class, as `ImageFolder` lists them.
    /// - Throws: `PhotoFolderFailure` if either subset would be empty.
    package static func split(
        _ files: [ImageFolder.File], validationSplit: Double, seed: UInt32 = seed
    ) throws -> [Photo] {
        try split(files, SplitPlan(validation: validationSplit), seed: seed)
    }

    /// Returns the photos in Keras' order: training, validation, test.
    ///
    /// - Parameter files: class by class, as `ImageFolder` lists them.
    /// - Throws: `PhotoFolderFailure` if a subset would be empty.
    package static func split(
        _ files: [ImageFolder.File], _ plan: SplitPlan, seed: UInt32 = seed
    ) throws -> [Photo] {
        let open = files.filter { $0.subset == nil || $0.subset == .training }
        let given = files.compactMap { file in
            file.subset.flatMap { $0 == .training ? nil : Part(file: file, subset: $0) }
        }
        if given.contains(where: { $0.subset == .validation }) {
            return ordered(open.map { Part(file: $0, subset: .training) } + given)
        }
        var generator = MersenneTwister(seed: seed)
        let order = generator.permutation(open.count)
        let subsets = try subsets(ofShuffled: order.map { open[$0].label }, plan)
        return ordered(zip(order, subsets).map { Part(file: open[$0], subset: $1) } + given)
    }

    private struct Part {
        var file: ImageFolder.File
        var subset: Subset
    }

    private static func ordered(_ files: [Part]) -> [Photo] {
        [Subset.training, .validation, .test].flatMap { subset in
            files.filter { $0.subset == subset }.map {
                Photo(file: $0.file.path, label: $0.file.label, subset: subset)
            }
        }
    }

    /// Divides a shuffled list of photos, of which only the labels matter.
    private static func subsets(ofShuffled labels: [Int], _ plan: SplitPlan) throws -> [Subset] {
        let places = Array(labels.indices)
        var result = [Subset](repeating: .training, count: labels.count)
        if plan.isStratified {
            let classes = Dictionary(grouping: places) { labels[$0] }
            var passed = 0
            for label in classes.keys.sorted() {
                let own = classes[label]!
                passed += divide(
                    own, plan, passed: passed, count: { max(1, Int(($0 * Double(own.count)).rounded())) },
                    &result)
            }
        } else {
            divide(places, plan, passed: nil, count: { Int($0 * Double(places.count)) }, &result)
        }
        for subset in [Subset.validation, .training, .test] where !result.contains(subset) {
            if subset == .test, plan.test == 0 { continue }
            throw PhotoFolderFailure.emptySubset(
                subset, photos: labels.count,
                validationSplit: subset == .test
                    ? plan.test : plan.fold.map { 1 / Double($0.count) } ?? plan.validation)
        }
        return result
    }

    /// Divides the photos at `places`, a class or all. A class keeps a photo for training, and one for
    /// validation if there are two.
    ///
    /// - Parameters:
    ///   - passed: photos of earlier classes, from which the folds of a class go on; nil for folds that
    ///     are stretches of the list.
    ///   - count: the number of photos that a fraction of them is.
    /// - Returns: the photos that are not for the test.
    @discardableResult
    private static func divide(
        _ places: [Int], _ plan: SplitPlan, passed: Int?, count: (Double) -> Int, _ result: inout [Subset]
    ) -> Int {
        let kept = passed == nil ? 0 : 1
        let test = plan.test > 0 ? max(0, min(count(plan.test), places.count - 2 * kept)) : 0
        for place in places.prefix(test) { result[place] = .test }
        let rest = places.dropFirst(test)
        guard let fold = plan.fold else {
            let validation = max(0, min(count(plan.validation), rest.count - kept))
            for place in rest.suffix(validation) { result[place] = .validation }
            return rest.count
        }
        for (index, place) in rest.enumerated() {
            let part = passed.map { ($0 + index) % fold.count } ?? index * fold.count / rest.count
            if part == fold.number - 1 { result[place] = .validation }
        }
        return rest.count
    }
}
