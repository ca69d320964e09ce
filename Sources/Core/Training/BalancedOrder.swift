import Basics

/// A photo of a batch.
struct Draw: Equatable {
    /// Index into `Dataset.photos`.
    var photo: Int
    /// How often the epoch has shown the photo before; part of the key of its random numbers.
    var pass: Int

    init(_ photo: Int, pass: Int = 0) { (self.photo, self.pass) = (photo, pass) }
}

/// The order of an epoch that shows all classes alike often: rounds in which each class comes once, in
/// a random order, with the next photo of the class, whose photos are shuffled again whenever all have
/// been shown. An epoch has as many photos as any other; small classes are repeated in it, and large
/// ones are not shown completely.
struct BalancedOrder {
    /// Photos of each class that has any.
    private let classes: [[Int]]
    private let count: Int
    private let seed: UInt64

    /// - Parameter labels: of the training photos.
    init(labels: [Int], seed: UInt64) {
        classes = Dictionary(grouping: labels.indices) { labels[$0] }.sorted { $0.key < $1.key }.map(\.value)
        (count, self.seed) = (labels.count, seed)
    }

    /// Returns the photos of an epoch, as many as there are labels.
    func draws(epoch: Int) -> [Draw] {
        var result: [Draw] = []
        result.reserveCapacity(count + classes.count)
        var orders = [[Int]](repeating: [], count: classes.count)
        var shown = [Int](repeating: 0, count: classes.count)
        var rounds = CounterRandom(seed: seed, purpose: .shuffle, epoch: epoch)
        while result.count < count {
            for item in rounds.permutation(classes.count) {
                let (pass, place) = shown[item].quotientAndRemainder(dividingBy: classes[item].count)
                if place == 0 {
                    var random = CounterRandom(
                        seed: seed, purpose: .classes, epoch: epoch, item: pass * classes.count + item)
                    orders[item] = random.permutation(classes[item].count)
                }
                result.append(Draw(classes[item][orders[item][place]], pass: pass))
                shown[item] += 1
            }
        }
        return Array(result.prefix(count))
    }
}
