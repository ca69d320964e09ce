package import Canvas
package import Photos

/// Photos side by side, each with its class below.
package enum PhotoSheet {
    /// Number of photos on a sheet.
    package static let most = 12
    private static let (columns, largestSide, gap) = (4, 160, 4)

    /// Returns photos to draw, in rows of one photo: as it is, then as training may see it.
    package static func augmented(
        _ photos: some Sequence<Int>, of pixels: any PhotoPixels, labels: (Int) -> Int, seed: UInt64,
        strength: AugmentationStrength
    ) -> [(image: RGBImage, label: Int)] {
        photos.prefix(most / columns).flatMap { photo in
            let views = pixels.augmentedViews(of: photo, count: columns - 1, seed: seed, strength: strength)
            return ([pixels.image(at: photo)] + views.map(\.image)).map { ($0, labels(photo)) }
        }
    }

    /// - Parameter photos: the first `most` of them are drawn; nil without any.
    package static func draw(_ photos: [(image: RGBImage, label: Int)], _ classes: [String]) -> RGBImage? {
        if photos.isEmpty { return nil }
        let shown = photos.prefix(most)
        let side = min(largestSide, shown.map { max($0.image.width, $0.image.height) }.max() ?? 0)
        let (width, height) = (side + gap, side + PixelFont.height + 2 * gap)
        let rows = (shown.count + columns - 1) / columns
        var canvas = PixelCanvas(
            width: min(columns, shown.count) * width + gap, height: rows * height + gap)
        for (index, photo) in shown.enumerated() {
            let (x, y) = (gap + index % columns * width, gap + index / columns * height)
            let picture = photo.image.upright.fitted(to: side)
            canvas.draw(picture, x: x, y: y)
            let name = classes.indices.contains(photo.label) ? classes[photo.label] : ""
            canvas.write(MatrixPicture.name(name, number: photo.label + 1), x: x, y: y + side + gap)
        }
        return canvas.picture
    }
}
