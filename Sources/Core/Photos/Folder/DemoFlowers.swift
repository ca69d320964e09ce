package import Basics
package import Canvas
package import Foundation

/// Synthetic photos of five kinds of flowers, for trying the program without a network. Sizes,
/// colours, positions and light vary, but a seed always gives the same photos.
package struct DemoFlowers: Sendable {
    package static let classes = ["daisy", "dandelion", "roses", "sunflowers", "tulips"]
    /// Name of the folder; must change whenever the drawings do.
    static let folderName = "synthetic-demo-flowers-1"

    package var photosPerClass: Int
    package var seed: UInt64

    package init(photosPerClass: Int = 48, seed: UInt64 = 1) {
        (self.photosPerClass, self.seed) = (photosPerClass, seed)
    }

    /// Draws all photos as JPEGs into a folder of `parent`, unless they exist already, and returns
    /// its path.
    ///
    /// - Throws: a `Failure` if they cannot be written; `CancellationError`.
    package func prepare(in parent: String, report: SourceReport = SourceReport()) throws -> String {
        let path = "\(parent)/\(Self.folderName)"
        if isWhole(path) { return path }
        let partial = "\(parent)/.\(UUID().uuidString).part"
        defer { try? FileManager.default.removeItem(atPath: partial) }
        let total = Self.classes.count * photosPerClass
        for (label, name) in Self.classes.enumerated() {
            try Home.prepare("\(partial)/\(name)")
            for index in 0..<photosPerClass {
                try report.checkCancelled()
                let data = Self.jpeg(photo(label: label, index: index))
                do {
                    try data.write(to: URL(fileURLWithPath: "\(partial)/\(name)/\(Self.file(index))"))
                } catch {
                    throw PhotosSourceFailure.demoCannotBeWritten(parent)
                }
                if index % 8 == 7 || index == photosPerClass - 1 {
                    report.progress(
                        Preparation(
                            phase: .drawingDemoFlowers, done: label * photosPerClass + index + 1,
                            total: total, unit: .photos))
                }
            }
        }
        try Cache.moveFolder(partial, to: path)
        return path
    }

    /// Draws one photo, 160–320 pixels on each side.
    package func photo(label: Int, index: Int) -> RGBImage {
        var random = CounterRandom(seed: seed, purpose: .preview, epoch: label, item: index)
        let width = 160 + Int(random.below(161))
        let height = 160 + Int(random.below(161))
        let scene = DemoFlowerScene(label: label, random: &random)
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        let scale = 1 / Float(min(width, height))
        for y in 0..<height {
            for x in 0..<width {
                // The shorter side spans 1; the origin is the middle.
                let color = scene.color(
                    x: (Float(x) + 0.5 - Float(width) / 2) * scale,
                    y: (Float(y) + 0.5 - Float(height) / 2) * scale)
                let noise = (random.uniform() - 0.5) * scene.grain
                for channel in 0..<3 {
                    pixels[(y * width + x) * 3 + channel] = UInt8(
                        max(0, min(255, (color[channel] + noise) * 255)))
                }
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    private func isWhole(_ path: String) -> Bool {
        Self.classes.allSatisfy { name in
            (0..<photosPerClass).allSatisfy {
                FileManager.default.fileExists(atPath: "\(path)/\(name)/\(Self.file($0))")
            }
        }
    }

    private static func file(_ index: Int) -> String {
        "synthetic_\(index < 10 ? "00" : index < 100 ? "0" : "")\(index).jpg"
    }

    package static func jpeg(_ image: RGBImage, quality: Int = 90) -> Data { image.jpeg(quality: quality) }
}
