import Network
import Photos

/// Photos of a dataset, augmented for training or plain.
struct PhotoBatch: LabelledBatch {
    let dataset: Dataset
    /// Indices into `dataset.photos`.
    let photos: [Int]
    /// Returns the augmentation of an item of the batch; nil leaves all plain.
    var augmentation: ((_ index: Int) -> Augmentation)?

    var count: Int { photos.count }

    func write(_ index: Int, to image: InputImage) {
        write(
            index, into: image.values.baseAddress!, image: image.image.baseAddress!,
            scratch: image.scratch.baseAddress!)
    }

    /// Writes image `index`; `image` and `scratch` are as in `InputImage`.
    func write(
        _ index: Int, into values: UnsafeMutablePointer<Float>, image: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let photo = photos[index]
        if let augmentation {
            dataset.augment(photo, augmentation(index), into: values, image: image, scratch: scratch)
        } else {
            dataset.normalize(photo, into: values, scratch: scratch)
        }
    }

    func label(_ index: Int) -> Int { dataset.photo(photos[index]).label }
}
