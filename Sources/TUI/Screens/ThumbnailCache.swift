import Canvas
import Keys
import Photos
import Pictures

/// Identifies an augmented view of a photo.
struct AugmentedView: Hashable {
    var variant: UInt64
    var strength: AugmentationStrength
}

/// Identifies a picture that is shown in place of a photo's thumbnail.
enum PhotoOverlay: Hashable {
    /// A class activation map over the photo. The revision, here and below, is that of the
    /// inspector's answer: the weights may change within an epoch.
    case activation(label: Int, revision: Int)
    case featureMap(layer: Int, channel: Int, revision: Int)
    /// The network's input for the photo or for a view of it.
    case tensor
    /// The photo as decoded from its file.
    case file
    case filter(Int, revision: Int)
}

/// Caches thumbnails by photo, view and size, so that each is rendered only once. Single-threaded.
package final class ThumbnailCache {
    struct Key: Hashable {
        var photo: Int
        /// The augmented view; nil for the photo itself.
        var view: AugmentedView?
        /// The picture shown in place of the photo; nil for the photo itself.
        var overlay: PhotoOverlay?
        var size: Size
        var depth: ColorDepth
    }

    struct Thumbnail {
        var id: Int
        var cells: CellBuffer
        /// The picture behind the cells; nil unless `keepsPictures`.
        var picture: RGBImage?
        /// Number of the frame that showed it last.
        var frame: Int
    }

    /// Whether to keep the pictures as well as their cells, for terminals with a graphics protocol.
    package var keepsPictures = false {
        didSet { if keepsPictures != oldValue { thumbnails.removeAll() } }
    }

    private var thumbnails: [Key: Thumbnail] = [:]
    private var lastID = 0
    private var frame = 0
    private var newInFrame = 0
    /// Largest number of thumbnails rendered per frame; nil for no limit.
    package var mostNew: Int?
    /// Whether the newest frame lacks thumbnails that are still to be rendered.
    package private(set) var lacksSome = false
    private static let limit = 600
    /// A picture of 160×160 pixels takes 75 KB.
    private static let pictureLimit = 100

    package init() {}

    func beginFrame() { (frame, newInFrame, lacksSome) = (frame + 1, 0, false) }

    /// Returns a thumbnail, rendering it if necessary; nil once the frame has rendered `mostNew`.
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
        // Keep what this frame or the previous one shows, even beyond the limit.
        if thumbnails.count >= (keepsPictures ? Self.pictureLimit : Self.limit) {
            thumbnails = thumbnails.filter { $0.value.frame >= frame - 1 }
        }
        let picture = make().upright
        let cells = picture.cells(
            columns: key.size.columns, rows: key.size.rows, symbols: .quadrant, depth: key.depth)
        lastID += 1
        let made = Thumbnail(id: lastID, cells: cells, picture: keepsPictures ? picture : nil, frame: frame)
        thumbnails[key] = made
        return made
    }
}
