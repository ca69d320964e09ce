import Core
import Plots

/// One of the views that augmentation makes of a photo.
struct AugmentedView: Hashable {
    var variant: UInt64
    var strength: AugmentationStrength
}

/// What a layer of the network has to say of a photo, as a picture of its own.
enum PhotoOverlay: Hashable {
    /// A class' activation map by the weights of an epoch.
    case activation(label: Int, epoch: Int)
    case featureMap(layer: Int, channel: Int, epoch: Int)
    case filter(Int, epoch: Int)
}

/// Thumbnails by photo, view and size, so that a frame draws each only once. Belongs to one thread.
public final class ThumbnailCache {
    struct Key: Hashable {
        var photo: Int
        /// Nil: the photo itself.
        var view: AugmentedView?
        /// What lies over the photo.
        var overlay: PhotoOverlay?
        var size: Size
        var depth: ColorDepth
    }

    private var cells: [Key: CellBuffer] = [:]
    private static let limit = 600

    public init() {}

    func cells(_ key: Key, make: () -> RGBImage) -> CellBuffer {
        if let known = cells[key] { return known }
        if cells.count >= Self.limit { cells.removeAll(keepingCapacity: true) }
        let image = make()
        let picture = Picture(width: image.width, height: image.height, pixels: image.pixels)
        let made = picture.cells(columns: key.size.columns, rows: key.size.rows, symbols: .quadrant, depth: key.depth)
        cells[key] = made
        return made
    }
}
