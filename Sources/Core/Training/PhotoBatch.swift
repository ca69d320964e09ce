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
        let photo = photos[index]
        let (values, scratch) = (image.values.baseAddress!, image.scratch.baseAddress!)
        if let augmentation {
            dataset.augment(
                photo, augmentation(photo), into: values, image: image.image.baseAddress!, scratch: scratch)
        } else {
            dataset.normalize(photo, into: values, scratch: scratch)
        }
    }

    func label(_ index: Int) -> Int { dataset.photos[photos[index]].label }
}
