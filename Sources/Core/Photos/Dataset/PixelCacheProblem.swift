package import Basics

/// Something about the cache of decoded photos that a run can go on with.
package enum PixelCacheProblem: Failure {
    case inMemoryOnly(UserError)
    /// Decoded photos cannot be kept for the next epoch.
    case decodedInEveryEpoch(UserError)
    case notKept(UserError)
    /// A damaged slot whose photo was decoded again; `isSame` if it gave the pixels of before.
    case mended(PhotoPath, isSame: Bool)
    /// A damaged slot whose photo cannot be read any more.
    case lost(PhotoPath)
    /// A photo whose file cannot be read any more, so that crops are taken from its cached pixels.
    case notCropped(PhotoPath)
}

/// Decoded photos that fit neither on disk nor in memory.
package struct PixelCacheFailure: Failure {
    package var photos: Int
    package var mebibytes: Int

    package init(photos: Int, mebibytes: Int) { (self.photos, self.mebibytes) = (photos, mebibytes) }
}
