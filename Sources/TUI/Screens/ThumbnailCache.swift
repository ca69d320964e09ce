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
    /// What the network gets of the photo or of a view of it.
    case tensor
    /// The photo as its file has it.
    case file
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
        /// The frame that it was drawn in last.
        var frame: Int
    }

    /// Whether the pictures are kept beside their cells, for terminals that can show them.
    var keepsPictures = false {
        didSet { if keepsPictures != oldValue { thumbnails.removeAll() } }
    }

    private var thumbnails: [Key: Thumbnail] = [:]
    private var lastID = 0
    private var frame = 0
    private var newInFrame = 0
    /// The most pictures that one frame makes; nil for all that it shows.
    var mostNew: Int?
    /// Whether the newest frame went without pictures that are still to be made.
    private(set) var lacksSome = false
    private static let limit = 600
    /// A picture of 160×160 pixels takes 75 KB.
    private static let pictureLimit = 100

    public init() {}

    func beginFrame() { (frame, newInFrame, lacksSome) = (frame + 1, 0, false) }

    /// - Returns: nil when the frame has made as many as it may.
    func thumbnail(_ key: Key, make: () -> RGBImage) -> Thumbnail? {
        if let place = thumbnails.index(forKey: key) {
            thumbnails.values[place].frame = frame
            return thumbnails.values[place]
        }
        if let mostNew, newInFrame >= mostNew {
            lacksSome = true
            return nil
        }
        newInFrame += 1
        // What this frame or the last shows stays, however much that is.
        if thumbnails.count >= (keepsPictures ? Self.pictureLimit : Self.limit) {
            thumbnails = thumbnails.filter { $0.value.frame >= frame - 1 }
        }
        let image = make()
        let picture = Picture(width: image.width, height: image.height, pixels: image.pixels)
        let cells = picture.cells(
            columns: key.size.columns, rows: key.size.rows, symbols: .quadrant, depth: key.depth)
        lastID += 1
        let made = Thumbnail(id: lastID, cells: cells, picture: keepsPictures ? picture : nil, frame: frame)
        thumbnails[key] = made
        return made
    }
}
