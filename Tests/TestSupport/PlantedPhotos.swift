import Canvas
package import Doctor
import Foundation
package import Photos

/// A copy of a photo folder, made of links, with planted copies, wrong labels and damaged files:
/// the same ones for the same seed.
package struct PlantedPhotos {
    package let folder: TemporaryFolder
    package var data: String { folder.path + "/photos" }
    /// Copies with their originals. The first two are identical to the byte; then come two each
    /// that are recompressed, scaled, cropped and mirrored.
    package private(set) var copies: [(original: PhotoPath, copy: PhotoPath)] = []
    /// The new paths of photos that were moved into another class's folder.
    package private(set) var mislabeled: [PhotoPath] = []
    /// In order: empty, cut in half, not a picture, overwritten in the middle, cut in the header.
    package private(set) var damaged: [PhotoPath] = []

    /// - Parameters:
    ///   - source: the photo folder that the links lead to.
    ///   - copyCount: copies to plant, at most 10.
    ///   - mislabeledCount: photos to move into another class.
    ///   - damagedCount: files to damage, at most 5.
    package init(
        _ source: String, seed: UInt64, copies copyCount: Int = 10, mislabeled mislabeledCount: Int = 10,
        damaged damagedCount: Int = 5
    ) throws {
        folder = try TemporaryFolder()
        let listing = try ImageFolder(path: source)
        for file in listing.files {
            try manager.createDirectory(
                atPath: ("\(data)/\(file.path)" as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true)
            try manager.createSymbolicLink(
                atPath: "\(data)/\(file.path)",
                withDestinationPath: URL(fileURLWithPath: "\(source)/\(file.path)").path)
        }
        var random = SplitMix(state: seed)
        var picks = listing.files
        picks.shuffle(using: &random)
        for file in picks.prefix(mislabeledCount) {
            let other =
                (file.label + 1 + Int(random.next() % UInt64(listing.classes.count - 1)))
                % listing.classes.count
            let path: PhotoPath =
                "\(listing.classes[other])/moved_\((file.path.text as NSString).lastPathComponent)"
            try manager.moveItem(atPath: "\(data)/\(file.path)", toPath: "\(data)/\(path)")
            mislabeled.append(path)
        }
        for (index, file) in picks.dropFirst(mislabeledCount).prefix(damagedCount).enumerated() {
            let path = "\(data)/\(file.path)"
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try manager.removeItem(atPath: path)
            try Self.damage(bytes, index, &random).write(to: URL(fileURLWithPath: path))
            damaged.append(file.path)
        }
        for (index, file) in picks.dropFirst(mislabeledCount + damagedCount).prefix(copyCount).enumerated() {
            let name = (file.path.text as NSString).lastPathComponent
            let copy: PhotoPath =
                "\((file.path.text as NSString).deletingLastPathComponent)/copy\(index)_\(name)"
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(source)/\(file.path)"))
            let changed =
                try index < 2 ? bytes : Self.change(RGBImage(file: "\(source)/\(file.path)"), index / 2)
            try changed.write(to: URL(fileURLWithPath: "\(data)/\(copy)"))
            copies.append((file.path, copy))
        }
    }

    private static func damage(_ bytes: Data, _ kind: Int, _ random: inout SplitMix) -> Data {
        switch kind {
        case 0: return Data()
        case 1: return bytes.prefix(bytes.count / 2)
        case 2: return Data("<html>not found</html>".utf8)
        case 3:
            var bytes = bytes
            let length = min(2000, bytes.count / 3)
            for i in bytes.count / 3..<bytes.count / 3 + length {
                bytes[i] = UInt8(truncatingIfNeeded: random.next())
            }
            return bytes
        default: return bytes.prefix(300)
        }
    }

    private static func change(_ image: RGBImage, _ kind: Int) -> Data {
        let (width, height) = (image.width, image.height)
        switch kind {
        case 1: return DemoFlowers.jpeg(image, quality: 60)
        case 2:
            return DemoFlowers.jpeg(
                sampled(image, width * 2 / 3, height * 2 / 3) { ($0 * 3 / 2, $1 * 3 / 2) })
        case 3:
            let (x, y) = (width * 3 / 100, height * 3 / 100)
            return DemoFlowers.jpeg(sampled(image, width - 2 * x, height - 2 * y) { ($0 + x, $1 + y) })
        default: return DemoFlowers.jpeg(sampled(image, width, height) { (width - 1 - $0, $1) })
        }
    }

    private static func sampled(
        _ image: RGBImage, _ width: Int, _ height: Int, _ source: (_ x: Int, _ y: Int) -> (Int, Int)
    ) -> RGBImage {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let (sourceX, sourceY) = source(x, y)
                let pixel = (min(sourceY, image.height - 1) * image.width + min(sourceX, image.width - 1)) * 3
                pixels += image.pixels[pixel..<pixel + 3]
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    private var manager: FileManager { .default }

    /// How many of the planted copies, wrong labels and damaged files the report found.
    package func found(in report: DoctorReport) -> (copies: Int, mislabeled: Int, damaged: Int) {
        let together = copies.count { pair in
            report.findings.contains {
                Self.copyKinds.contains($0.kind) && $0.files.contains(pair.original)
                    && $0.files.contains(pair.copy)
            }
        }
        func named(_ files: [PhotoPath], _ kinds: Set<Finding.Kind>) -> Int {
            files.count { file in report.findings.contains { kinds.contains($0.kind) && $0.files == [file] } }
        }
        return (together, named(mislabeled, [.wrongLabel]), named(damaged, [.unreadable, .damaged]))
    }

    /// Findings that involve no planted photo, by kind.
    package func others(in report: DoctorReport) -> [Finding.Kind: [Finding]] {
        let planted = Set(copies.flatMap { [$0.original, $0.copy] } + mislabeled + damaged)
        return Dictionary(grouping: report.findings.filter { planted.isDisjoint(with: $0.files) }, by: \.kind)
    }

    private static let copyKinds: Set<Finding.Kind> = [
        .leak, .exactDuplicate, .nearDuplicate, .conflictingLabels,
    ]
}
