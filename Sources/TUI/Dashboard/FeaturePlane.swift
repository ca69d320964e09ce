import Keys
import Phrases
import Recipes
import Sessions
package import Training

/// The validation photos in the plane of their features.
package struct FeaturePlane: Sendable {
    package private(set) var projection: FeatureProjection?
    /// Epochs that the weights behind the features had completed.
    package private(set) var epoch = 0
    /// Photos processed so far, and in all; nil if nothing is being computed.
    package fileprivate(set) var progress: (done: Int, total: Int)?
    /// Why there is no plane.
    package fileprivate(set) var problem: String?
    /// The newest epoch for which the plane was requested.
    fileprivate var asked: Int?
    /// Positions by photo: from the left and from the bottom, 0…1.
    private var places: [Int: (x: Double, y: Double)] = [:]

    /// The position of a photo, from the left and from the bottom, 0…1; nil if it has none.
    package func place(_ photo: Int) -> (x: Double, y: Double)? { places[photo] }

    fileprivate mutating func take(_ projection: FeatureProjection, epoch: Int) {
        (self.projection, self.epoch, progress, problem) = (projection, epoch, nil, nil)
        let (xs, ys) = (projection.points.map(\.x), projection.points.map(\.y))
        func scale(_ value: Float, _ all: [Float]) -> Double {
            let (low, high) = (all.min() ?? 0, all.max() ?? 0)
            return high > low && value.isFinite ? Double((value - low) / (high - low)) : 0.5
        }
        places = Dictionary(
            projection.points.map { ($0.photo, (scale($0.x, xs), scale($0.y, ys))) }
        ) { first, _ in first }
    }
}

extension DashboardState {
    /// Requests the plane when its view opens, and again after each epoch while it is shown.
    mutating func featureRequests() -> [Effect] {
        guard screen == .predictions, predictions.settings.view == .features,
            let newest = predictions.set?.epoch, predictions.plane.asked != newest
        else { return [] }
        predictions.plane.asked = newest
        return [.ask(.projection)]
    }

    /// Requests the plane again, for instance after a failure.
    mutating func forgetPlane() { (predictions.plane.asked, predictions.plane.problem) = (nil, nil) }

    mutating func take(_ projection: FeatureProjection, epoch: Int) {
        predictions.plane.take(projection, epoch: epoch)
    }

    mutating func takeProjecting(done: Int, total: Int) { predictions.plane.progress = (done, total) }

    mutating func planeFailed(_ problem: String) {
        (predictions.plane.problem, predictions.plane.progress) = (problem, nil)
    }

    /// Chooses the nearest photo in a direction, preferring those straight ahead.
    mutating func moveInPlane(columns: Int, rows: Int) {
        guard let chosen = predictions.chosen, let from = predictions.plane.place(chosen.photo) else {
            // Begin with any photo that has a place.
            predictions.cursor =
                predictions.shown.firstIndex { predictions.plane.place($0.photo) != nil }
                ?? predictions.cursor
            return
        }
        var best: (index: Int, distance: Double)?
        for (index, prediction) in predictions.shown.enumerated() where index != predictions.cursor {
            guard let to = predictions.plane.place(prediction.photo) else { continue }
            let (dx, dy) = (to.x - from.x, to.y - from.y)
            let (ahead, aside) =
                columns != 0 ? (dx * Double(columns.signum()), dy) : (-dy * Double(rows.signum()), dx)
            // Photos in one spot are told apart by their order.
            let isSame = dx == 0 && dy == 0
            guard ahead > 0 || isSame && (index > predictions.cursor) == (columns + rows > 0) else {
                continue
            }
            let distance = ahead * ahead + 4 * aside * aside
            if best == nil || distance < best!.distance { best = (index, distance) }
        }
        if let best { predictions.cursor = best.index }
    }
}
