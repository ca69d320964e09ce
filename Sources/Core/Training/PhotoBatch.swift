import Network
import Photos

/// Photos of a dataset, augmented for training or plain.
struct PhotoBatch: LabelledBatch {
    let dataset: Dataset
    /// Indices into `dataset.photos`.
    let photos: [Int]
    /// Returns the augmentation of a photo of the dataset; nil leaves all plain.
    var augmentation: ((_ photo: Int) -> Augmentation)?

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
            dataset.augment(photo, augmentation(photo), into: values, image: image, scratch: scratch)
        } else {
            dataset.normalize(photo, into: values, scratch: scratch)
        }
    }

    func label(_ index: Int) -> Int { dataset.photos[photos[index]].label }
}
