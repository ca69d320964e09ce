package import Recipes

/// A session that a front end asks for in place of the one that it shows.
package enum SessionRequest: Sendable, Equatable {
    /// A saved run as it is, without training.
    case show(run: String)
    /// A saved run to train on; one that has finished gets `moreEpochs`.
    case resume(run: String, moreEpochs: Int?)
    /// A run that another process trains.
    case attach(run: String)
    case new(Recipe)
}
