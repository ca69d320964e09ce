package import Basics
package import Canvas
package import Doctor
package import Keys
package import Photos
package import Phrases

/// State of the data screen.
package struct DataState: Sendable {
    package var view = DataView.samples
    /// Photos per row in the samples, if there is room for that many.
    var columns = 4
    static let mostColumns = 24

    /// Photos that pass the filter, as indices into the dataset's photos.
    package var shown: [Int] = []
    /// The filter that produced `shown`; nil forces a rebuild.
    var arrangedBy: String?
    /// The opened photo, read from its file.
    package var opened: OpenedPhoto?

    package var statistics: DataStatistics?
    /// Files counted so far, and files in all.
    package var counting: (done: Int, total: Int)?
    package var countingProblem: String?
    /// Whether the statistics have been requested.
    var hasAskedToCount = false
    /// Index of the first class on the screen.
    package var classTop = 0

    /// Index into `shown` of the chosen photo.
    package var cursor = 0
    /// Seed of the augmented views.
    package var variant: UInt64 = 0
    package var bench = AugmentationBench()
    package var doctor = DoctorState()

    /// Forgets everything that depends on the photos, for a new run.
    mutating func begin() {
        (arrangedBy, opened, statistics, counting) = (nil, nil, nil, nil)
        (countingProblem, hasAskedToCount, classTop) = (nil, false, 0)
        (bench.views, bench.asked) = (nil, nil)
    }
}

/// A photo read from its file, for the enlarged view.
package struct OpenedPhoto: Sendable {
    /// Index into the dataset's photos.
    package var photo: Int
    /// Width and height in pixels, and file size in bytes; nil if the file cannot be read.
    package var facts: (width: Int, height: Int, bytes: Int)?
    /// The decoded picture, no larger than a screen can show.
    package var image: RGBImage?
    /// Why there is no picture.
    package var problem: UserError?

    package init(
        photo: Int, facts: (width: Int, height: Int, bytes: Int)? = nil, image: RGBImage? = nil,
        problem: UserError? = nil
    ) {
        (self.photo, self.facts, self.image, self.problem) = (photo, facts, image, problem)
    }
}

/// Augmentation settings that are tried out without affecting the run.
package struct AugmentationBench: Sendable {
    package enum Operation: Int, CaseIterable, Sendable {
        case flips, rotation, zoom, crop, color, mixup, cutmix, randAugment

        package var title: Phrase {
            switch self {
            case .flips: .fieldFlips
            case .rotation: .fieldRotation
            case .zoom: .fieldZoom
            case .crop: .fieldCrop
            case .color: .fieldColor
            case .mixup: .fieldMixup
            case .cutmix: .fieldCutmix
            case .randAugment: .fieldRandAugment
            }
        }
    }

    /// The changed settings; nil while the bench shows the run's own.
    var strength: AugmentationStrength?
    package var operation = Operation.flips
    /// Strengths of operations that are switched off, for when they are switched on again.
    var before: [Operation: Double] = [:]
    /// The newest views received.
    package var views: AugmentedViews?
    /// The newest request.
    var asked: AugmentedViews.Request?
}

/// The network's input for a photo and for some augmented views of it.
package struct AugmentedViews: Sendable {
    package struct Request: Equatable, Sendable {
        /// Index into the dataset's photos.
        package var photo: Int
        package var seed: UInt64
        package var strength: AugmentationStrength
    }

    package struct View: Sendable {
        /// The random transform; nil for the photo itself.
        package var draw: Draw?
        package var summary: TensorSummary
        /// The tensor, rounded to 8 bits.
        package var image: RGBImage
    }

    /// The random transform of a view; see `AugmentationView`.
    package struct Draw: Sendable, Equatable {
        package var flips: Bool
        package var degrees: Double
        package var magnification: Double
        package var mixed: AugmentationView.Mixed?
    }

    package static let count = 12

    package let request: Request
    /// The photo itself, then its augmented views.
    package let views: [View]

    /// Computes the views, which takes a few milliseconds each.
    package init(_ request: Request, _ dataset: DatasetSummary) {
        self.request = request
        let pixels = dataset.pixels
        let size = dataset.imageSize
        var orientation = Orientation.upright
        func view(_ tensor: [Float], _ draw: Draw?) -> View {
            // A picture source may use another size than the run's squares.
            let side = Int(Double(tensor.count / 3).squareRoot())
            var image = RGBImage(tensor: tensor, size: side, scale: pixels.inputScale)
            image.orientation = orientation
            return View(
                draw: draw, summary: TensorSummary(tensor, size: side),
                image: image)
        }
        guard dataset.photos.indices.contains(request.photo), size > 0 else {
            views = []
            return
        }
        orientation = pixels.image(at: request.photo).orientation
        views =
            [view(pixels.tensor(at: request.photo), nil)]
            + pixels.augmentedViews(
                of: request.photo, count: Self.count, seed: request.seed, strength: request.strength,
                mixedWith: 0..<dataset.trainingCount
            ).map {
                view(
                    $0.tensor,
                    Draw(
                        flips: $0.flips, degrees: $0.degrees, magnification: $0.magnification,
                        mixed: $0.mixed))
            }
    }
}

/// Work for the data screen that is done off the main thread.
package enum DataRequest: Equatable, Sendable {
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

package enum DataAnswer: Sendable {
    case counting(done: Int, total: Int)
    case counted(DataStatistics)
    case countingFailed(UserError)
    case augmented(AugmentedViews)
    case opened(OpenedPhoto)
    case doctorProgress(Preparation)
    /// `photos` holds the dataset's photo index of each file that a finding names.
    case doctorFound(DoctorReport, photos: [PhotoPath: Int])
    case doctorFailed(UserError)
    case listWritten(path: String, listed: Int, lost: Int)
    case listFailed(UserError)
}
