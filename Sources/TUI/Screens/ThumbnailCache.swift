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

    struct Thumbnail {
        var id: Int
        var cells: CellBuffer
        /// Nil unless pictures are kept.
        var picture: Picture?
    }

    /// Whether the pictures are kept beside their cells, for terminals that can show them.
    var keepsPictures = false {
        didSet { if keepsPictures != oldValue { thumbnails.removeAll() } }
    }

    private var thumbnails: [Key: Thumbnail] = [:]
    private var lastID = 0
    private static let limit = 600
    /// A picture of 160×160 pixels takes 75 KB.
    private static let pictureLimit = 100

    public init() {}

    func thumbnail(_ key: Key, make: () -> RGBImage) -> Thumbnail {
        if let known = thumbnails[key] { return known }
        if thumbnails.count >= (keepsPictures ? Self.pictureLimit : Self.limit) { thumbnails.removeAll(keepingCapacity: true) }
        let image = make()
        let picture = Picture(width: image.width, height: image.height, pixels: image.pixels)
        let cells = picture.cells(columns: key.size.columns, rows: key.size.rows, symbols: .quadrant, depth: key.depth)
        lastID += 1
        let made = Thumbnail(id: lastID, cells: cells, picture: keepsPictures ? picture : nil)
        thumbnails[key] = made
        return made
    }
}
