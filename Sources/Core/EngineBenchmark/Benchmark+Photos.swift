import Basics
import Foundation
import Network
import Photos

/// The parts that handle photos and lists of them.
extension Benchmark {
    func decode() -> Double {
        let (files, size) = (files.prefix(200), network.imageSize)
        return rate(items: Double(files.count)) {
            let next = AtomicCounter()
            pool.run { _ in
                let decoder = PhotoDecoder()
                while true {
                    let item = next.increment()
                    if item >= files.count { return }
                    _ = (try? decoder.decode(path: files[item])).map { BilinearResize.resize($0, to: size) }
                }
            }
        }
    }

    func readCache() -> Double {
        let count = min(500, dataset.photos.count)
        let square = network.imageSize * network.imageSize * 3
        let buffers = (0..<pool.count).map { _ in (Buffer(count: square), Buffer(count: square)) }
        return rate(items: Double(count)) {
            pool.forEach(count) { [dataset] photo, worker in
                dataset.normalize(photo, into: buffers[worker].0.pointer, scratch: buffers[worker].1.pointer)
            }
        }
    }

    func augment() -> Double {
        let square = network.imageSize * network.imageSize * 3
        let (image, scratch, output) = (Buffer(count: square), Buffer(count: square), Buffer(count: square))
        var item = 0
        return rate(items: 1) {
            item += 1
            augment(item, output.pointer, image.pointer, scratch.pointer)
        }
    }

    func augment(
        _ item: Int, _ output: UnsafeMutablePointer<Float>, _ image: UnsafeMutablePointer<Float>,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        var random = CounterRandom(seed: 1, purpose: .augmentation, epoch: 0, item: item)
        dataset.augment(
            item % dataset.photos.count, Augmentation(random: &random), into: output, image: image,
            scratch: scratch)
    }

    private static let million = 1_000_000

    /// Keras' split of a million photos.
    func split() -> Double {
        current = nil
        let files = (0..<Self.million).map { ImageFolder.File(path: "class/\($0).jpg", label: $0 % 5) }
        let start = ContinuousClock.now
        _ = try? DatasetSplit.split(files, validationSplit: 0.2)
        return Double(Self.million) / start.duration(to: .now).seconds
    }

    /// The order of a million photos in one epoch.
    func shuffle() -> Double {
        let start = ContinuousClock.now
        var random = CounterRandom(seed: 1, purpose: .shuffle, epoch: 0)
        _ = random.permutation(Self.million)
        return Double(Self.million) / start.duration(to: .now).seconds
    }

    /// Writing and reading back a pixel cache's index of 100,000 photos.
    func index() -> Double {
        let count = Self.million / 10
        let index = PixelFile.Index(
            imageSize: 160,
            entries: (0..<count).map { PixelFile.Entry(path: "class/\($0).jpg", in: "/nonexistent") })
        let start = ContinuousClock.now
        if let text = try? JSONEncoder().encode(index) {
            _ = try? JSONDecoder().decode(PixelFile.Index.self, from: text)
        }
        return Double(count) / start.duration(to: .now).seconds
    }
}
