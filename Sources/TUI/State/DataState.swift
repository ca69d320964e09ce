import Basics
import Doctor
import Photos
import Plots

/// The views of the data screen.
enum DataView: Int, CaseIterable, Sendable {
    case samples, statistics, augmentation, doctor

    var title: Phrase {
        switch self {
        case .samples: .viewSamples
        case .statistics: .viewStatistics
        case .augmentation: .viewAugmentation
        case .doctor: .viewDoctor
        }
    }
}

/// State of the data screen.
struct DataState: Sendable {
    var view = DataView.samples
    /// Photos per row in the samples, if there is room for that many.
    var columns = 4
    static let mostColumns = 24

    /// Photos that pass the filter, as indices into the dataset's photos.
    var shown: [Int] = []
    /// The filter that produced `shown`; nil forces a rebuild.
    var arrangedBy: String?
    /// The opened photo, read from its file.
    var opened: OpenedPhoto?

    var statistics: DataStatistics?
    /// Files counted so far, and files in all.
    var counting: (done: Int, total: Int)?
    var countingProblem: String?
    /// Whether the statistics have been requested.
    var hasAskedToCount = false
    /// Index of the first class on the screen.
    var classTop = 0

    var bench = AugmentationBench()
    var doctor = DoctorState()
}

/// A photo read from its file, for the enlarged view.
struct OpenedPhoto: Sendable {
    /// Index into the dataset's photos.
    var photo: Int
    /// Width and height in pixels, and file size in bytes; nil if the file cannot be read.
    var facts: (width: Int, height: Int, bytes: Int)?
    /// The decoded picture, no larger than a screen can show.
    var image: RGBImage?
    /// Why there is no picture.
    var problem: String?
}

/// Augmentation settings that are tried out without affecting the run.
struct AugmentationBench: Sendable {
    enum Operation: Int, CaseIterable, Sendable {
        case flips, rotation, zoom

        var title: Phrase {
            switch self {
            case .flips: .fieldFlips
            case .rotation: .fieldRotation
            case .zoom: .fieldZoom
            }
        }
    }

    /// The changed settings; nil while the bench shows the run's own.
    var strength: AugmentationStrength?
    var operation = Operation.flips
    /// Strengths of operations that are switched off, for when they are switched on again.
    var before: [Operation: Double] = [:]
    /// The newest views received.
    var views: AugmentedViews?
    /// The newest request.
    var asked: AugmentedViews.Request?
}

/// The network's input for a photo and for some augmented views of it.
struct AugmentedViews: Sendable {
    struct Request: Equatable, Sendable {
        /// Index into the dataset's photos.
        var photo: Int
        var seed: UInt64
        var strength: AugmentationStrength
    }

    struct View: Sendable {
        /// The random transform; nil for the photo itself.
        var draw: Draw?
        var summary: TensorSummary
        /// The tensor, rounded to 8 bits.
        var image: RGBImage
    }

    /// The random transform of a view; see `AugmentationView`.
    struct Draw: Sendable, Equatable {
        var flips: Bool
        var degrees: Double
        var magnification: Double
    }

    static let count = 12

    let request: Request
    /// The photo itself, then its augmented views.
    let views: [View]

    /// Computes the views, which takes a few milliseconds each.
    init(_ request: Request, _ dataset: DatasetSummary) {
        self.request = request
        let pixels = dataset.pixels
        let size = dataset.imageSize
        func view(_ tensor: [Float], _ draw: Draw?) -> View {
            // A picture source may use another size than the run's squares.
            let side = Int(Double(tensor.count / 3).squareRoot())
            return View(
                draw: draw, summary: TensorSummary(tensor, size: side),
                image: RGBImage(tensor: tensor, size: side))
        }
        guard dataset.photos.indices.contains(request.photo), size > 0 else {
            views = []
            return
        }
        views =
            [view(pixels.tensor(at: request.photo), nil)]
            + pixels.augmentedViews(
                of: request.photo, count: Self.count, seed: request.seed, strength: request.strength
            ).map {
                view($0.tensor, Draw(flips: $0.flips, degrees: $0.degrees, magnification: $0.magnification))
            }
    }
}

/// Work for the data screen that is done off the main thread.
enum DataRequest: Equatable, Sendable {
    /// Answered by `counting`, then `counted` or `countingFailed`.
    case count(path: String, exclusions: ExclusionList)
    /// Answered by `augmented`.
    case augment(AugmentedViews.Request)
    /// Answered by `opened`.
    case open(photo: Int, path: String)
    /// Answered by `doctorProgress`, then `doctorFound` or `doctorFailed`.
    case startDoctor
    case stopDoctor
    /// Answered by `listWritten` or `listFailed`.
    case write(ExclusionList, path: String, adds: Bool)
}

enum DataAnswer: Sendable {
    case counting(done: Int, total: Int)
    case counted(DataStatistics)
    case countingFailed(String)
    case augmented(AugmentedViews)
    case opened(OpenedPhoto)
    case doctorProgress(Preparation)
    /// `photos` holds the dataset's photo index of each file that a finding names.
    case doctorFound(DoctorReport, photos: [String: Int])
    case doctorFailed(String)
    case listWritten(path: String, listed: Int, lost: Int)
    case listFailed(String)
}

/// A command of the data screen.
enum DataAction: Equatable, Sendable {
    case nextView, larger, smaller
    case switchOperation, apply, reset
    case check, mark, markKind, write
}
