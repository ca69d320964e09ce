import Basics
import Photos

/// All that decides a batch: its photos and the random changes that they get.
struct BatchPlan: Equatable {
    var draws: [Draw]
    /// Keys of the random numbers, with the purposes.
    var epoch: Int
    var step: Int
    var strength: AugmentationStrength
    var augmentation: RandomPurpose
    var mixup: RandomPurpose

    var count: Int { draws.count }

    /// The draws' keys of random numbers.
    ///
    /// - Parameter photos: number of training photos.
    func keys(photos: Int) -> [Int] { draws.map { $0.photo + $0.pass * photos } }
}
