import Core
import Plots

/// How the photos are looked at.
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

/// What the data screen shows.
struct DataState: Sendable {
    var view = DataView.samples
    /// Photos in a row of the samples, where there is room for so many.
    var columns = 4
    static let mostColumns = 24

    /// Indices into the dataset's photos of those that the filter leaves.
    var shown: [Int] = []
    /// The filter that `shown` was made by; nil when it must be made anew.
    var arrangedBy: String?
    /// The photo that is open, as its file has it.
    var opened: OpenedPhoto?

    var statistics: DataStatistics?
    /// Files that were counted, of how many.
    var counting: (done: Int, total: Int)?
    var countingProblem: String?
    /// Whether the statistics were asked for.
    var hasAskedToCount = false
    /// The first class that is shown.
    var classTop = 0

    var bench = AugmentationBench()
    var doctor = DoctorState()
}

/// A photo as its file has it, for the large picture.
struct OpenedPhoto: Sendable {
    /// Index into the dataset's photos.
    var photo: Int
    /// Sides in pixels and bytes of the file; nil when it cannot be read.
    var facts: (width: Int, height: Int, bytes: Int)?
    /// No larger than a screen shows.
    var image: RGBImage?
    /// Why there is no picture.
    var problem: String?
}

/// Augmentation that is tried out beside the run.
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

    /// What was changed; nil while the bench shows what the run does.
    var strength: AugmentationStrength?
    var operation = Operation.flips
    /// What an operation that is off had, and gets back.
    var before: [Operation: Double] = [:]
    /// The newest views that came.
    var views: AugmentedViews?
    /// Those that were asked for last.
    var asked: AugmentedViews.Request?
}

/// A photo's tensor and those of some views of it.
struct AugmentedViews: Sendable {
    struct Request: Equatable, Sendable {
        /// Index into the dataset's photos.
        var photo: Int
        var seed: UInt64
        var strength: AugmentationStrength
    }

    struct View: Sendable {
        /// Nil of the photo itself.
        var draw: Draw?
        var summary: TensorSummary
        /// The tensor, rounded to 8 bits.
        var image: RGBImage
    }

    /// What was drawn for a view; see `AugmentationView`.
    struct Draw: Sendable, Equatable {
        var flips: Bool
        var degrees: Double
        var magnification: Double
    }

    static let count = 12

    let request: Request
    /// The photo itself, then its views.
    let views: [View]

    /// Takes some milliseconds a view.
    init(_ request: Request, _ dataset: DatasetSummary) {
        self.request = request
        let pixels = dataset.pixels
        let size = dataset.imageSize
        func view(_ tensor: [Float], _ draw: Draw?) -> View {
            // A source of pictures may have another size than the run's squares.
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

/// What the data screen asks for, to be done beside the screen's thread.
enum DataRequest: Equatable, Sendable {
    /// Answered by `counting` and `counted` or `countingFailed`.
    case count(path: String, exclusions: ExclusionList)
    /// Answered by `augmented`.
    case augment(AugmentedViews.Request)
    /// Answered by `opened`.
    case open(photo: Int, path: String)
    /// Answered by `doctorProgress` and `doctorFound` or `doctorFailed`.
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
    /// With the findings' photos: indices into the dataset's by file.
    case doctorFound(DoctorReport, photos: [String: Int])
    case doctorFailed(String)
    case listWritten(path: String, listed: Int, lost: Int)
    case listFailed(String)
}

/// What a key does on the data screen.
enum DataAction: Equatable, Sendable {
    case nextView, larger, smaller
    case switchOperation, apply, reset
    case check, mark, markKind, write
}
