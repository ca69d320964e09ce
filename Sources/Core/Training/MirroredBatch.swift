import Network
import Photos
import Recipes

/// The mirror images of a batch's.
struct MirroredBatch<Batch: BatchSource>: BatchSource {
    private let batch: Batch

    init(_ batch: Batch) { self.batch = batch }

    var count: Int { batch.count }

    func write(_ index: Int, to image: InputImage) {
        batch.write(index, to: image)
        let side = Int(Double(image.values.count / 3).squareRoot())
        Augmentation.flip(image.values.baseAddress!, size: side)
    }
}

extension TestTimeViews {
    /// Returns the mean of the probabilities of the photos and of their other views.
    func mean(_ plain: [Float], mirrored: () -> [Float]) -> [Float] {
        switch self {
        case .plain: plain
        case .flip: zip(plain, mirrored()).map { ($0 + $1) / 2 }
        }
    }
}
