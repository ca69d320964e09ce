package import Canvas
import Foundation
import Keys
import Network
import Photos
import Recipes
package import Sessions
package import Training
import Wording

/// The inspector's answers about the open photo.
package struct PhotoInspection: Sendable {
    /// Index into the dataset's photos.
    package var photo: Int?
    /// The class whose activation map is overlaid; nil shows the plain photo.
    package var label: Int?
    package var explanation: Explanation?
    /// Epochs that the answering weights had completed.
    package var epoch = 0
    /// Whether the most similar training photos are wanted.
    package var wantsNeighbors = false
    package var neighbors: [Inspector.Neighbor]?
    /// Training photos processed so far, and in all.
    package var progress: (done: Int, total: Int)?

    /// Number of the answer that brought `explanation`; identifies its pictures.
    package var revision = 0

    mutating func take(_ explanation: Explanation, epoch: Int, revision: Int) {
        (self.explanation, self.epoch, self.revision) = (explanation, epoch, revision)
    }

    mutating func take(_ neighbors: [Inspector.Neighbor], epoch: Int) {
        (self.neighbors, self.epoch, progress) = (neighbors, epoch, nil)
    }

    package init(photo: Int? = nil, label: Int? = nil, wantsNeighbors: Bool = false) {
        (self.photo, self.label, self.wantsNeighbors) = (photo, label, wantsNeighbors)
    }
}

/// A layer's feature maps for a photo.
package struct LayerMaps: Sendable {
    package var photo = 0
    package var maps: FeatureMaps?
    /// Channels of `maps`, the strongest first.
    package var strongest: [Int] = []
    /// Filters of the first convolution, shown instead of the maps if `showsFilters`.
    package var filters: [RGBImage]?
    package var showsFilters = false
    package var epoch = 0
    /// Number of the answer that brought the maps or filters; identifies their pictures.
    package var revision = 0

    mutating func take(_ maps: FeatureMaps, epoch: Int, revision: Int) {
        (self.maps, strongest, self.epoch, self.revision) = (maps, maps.strongest, epoch, revision)
    }

    mutating func take(_ filters: [RGBImage], epoch: Int, revision: Int) {
        (self.filters, self.epoch, self.revision) = (filters, epoch, revision)
    }
}

/// Requests to the inspector, and handling of its answers.
extension DashboardState {
    package static let neighborCount = 4

    mutating func take(_ answer: Inspector.Answer) {
        switch answer {
        case .explained(.file(let path), let explanation, let epoch):
            answers += 1
            outside.take(explanation, of: path, epoch: epoch, revision: answers)
        case .explained(let subject, let explanation, let epoch):
            guard let photo = predictions.opened.photo, subject == .photo(photo) else { return }
            answers += 1
            predictions.opened.take(explanation, epoch: epoch, revision: answers)
        case .neighbors(let subject, let neighbors, let epoch):
            guard let photo = predictions.opened.photo, subject == .photo(photo) else { return }
            predictions.opened.take(neighbors, epoch: epoch)
        case .progress(let done, let total): predictions.opened.progress = (done, total)
        case .featureMaps(let subject, let maps, let epoch):
            guard subject == .photo(model.maps.photo), dialog == .featureMaps(layer: maps.layer) else {
                return
            }
            answers += 1
            model.maps.take(maps, epoch: epoch, revision: answers)
        case .filters(let filters, let epoch):
            answers += 1
            model.maps.take(filters, epoch: epoch, revision: answers)
        case .projection(let projection, let epoch): take(projection, epoch: epoch)
        case .projecting(let done, let total): takeProjecting(done: done, total: total)
        case .failed(.projection, let error): planeFailed(strings(error))
        case .failed(.explain(.file(let path)), let error):
            if outside.photo?.path == path { giveUpOutsidePhoto(strings(error)) }
        case .failed(let request, let error):
            if case .neighbors = request { predictions.opened.wantsNeighbors = false }
            if case .explain = request { predictions.opened.label = nil }
            predictions.opened.progress = nil
            say(strings(error))
        }
    }

    /// Opens a photo. Requests map and neighbours again if the previous photo showed them.
    mutating func choosePrediction(_ index: Int) -> [Effect] {
        guard predictions.shown.indices.contains(index) else { return [] }
        predictions.cursor = index
        dialog = .prediction(index)
        let prediction = predictions.shown[index]
        model.maps.photo = prediction.photo
        guard predictions.opened.photo != prediction.photo else { return [] }
        let before = predictions.opened
        predictions.opened = PhotoInspection(
            photo: prediction.photo, label: before.label.map { _ in prediction.predicted },
            wantsNeighbors: before.wantsNeighbors)
        return (predictions.opened.label == nil ? [] : askForMap())
            + (predictions.opened.wantsNeighbors ? askForNeighbors() : [])
    }

    private func askForMap() -> [Effect] {
        predictions.opened.photo.map { [.ask(.explain(.photo($0)))] } ?? []
    }

    private func askForNeighbors() -> [Effect] {
        predictions.opened.photo.map { [.ask(.neighbors(.photo($0), count: Self.neighborCount))] } ?? []
    }

    mutating func pressInPrediction(_ key: Key, _ index: Int) -> [Effect] {
        let count = predictions.shown.count
        let classes = context?.dataset.classes.count ?? 0
        switch key {
        case .enter, .escape, .character("q"): dialog = nil
        case .up where predictions.opened.label != nil, .character("k") where predictions.opened.label != nil:
            moveMap(-1, classes)
        case .down where predictions.opened.label != nil,
            .character("j") where predictions.opened.label != nil:
            moveMap(1, classes)
        case .left, .up, .character("h"), .character("k"): return choosePrediction(clamp(index - 1, count))
        case .right, .down, .character("j"), .character("l"): return choosePrediction(clamp(index + 1, count))
        case .pageUp: return choosePrediction(clamp(index - 12, count))
        case .pageDown: return choosePrediction(clamp(index + 12, count))
        case .home, .character("g"): return choosePrediction(0)
        case .end, .character("G"): return choosePrediction(clamp(count - 1, count))
        case .character("m"):
            let predicted =
                predictions.shown.indices.contains(index) ? predictions.shown[index].predicted : nil
            return showMap(of: predictions.opened.label == nil ? predicted : nil)
        case .character("*"): return toggleMark()
        case .character("i"): editNote()
        case .character("n"):
            predictions.opened.wantsNeighbors.toggle()
            (predictions.opened.neighbors, predictions.opened.progress) = (nil, nil)
            return predictions.opened.wantsNeighbors ? askForNeighbors() : []
        default: break
        }
        return []
    }

    /// Overlays a class's activation map; nil removes the overlay.
    mutating func showMap(of label: Int?) -> [Effect] {
        predictions.opened.label = label
        return label == nil ? [] : askForMap()
    }

    private mutating func moveMap(_ steps: Int, _ classes: Int) {
        predictions.opened.label = predictions.opened.label.map { clamp($0 + steps, classes) }
    }

    // MARK: Feature maps

    /// Requests the maps of the most recently viewed photo.
    mutating func askForMaps() -> [Effect] {
        guard case .featureMaps(let layer) = dialog, let dataset = context?.dataset, !dataset.photos.isEmpty
        else { return [] }
        model.maps.photo = clamp(model.maps.photo, dataset.photos.count)
        if model.maps.maps?.layer != layer { model.maps.maps = nil }
        return [.ask(.featureMaps(layer: layer, .photo(model.maps.photo)))]
    }

    mutating func pressInFeatureMaps(_ key: Key, _ layer: Int) -> [Effect] {
        let layers = context?.layers.count ?? 1
        func show(_ next: Int) -> [Effect] {
            dialog = .featureMaps(layer: clamp(next, layers))
            model.maps.showsFilters = false
            return askForMaps()
        }
        func turn(_ steps: Int) -> [Effect] {
            model.maps.photo = clamp(model.maps.photo + steps, context?.dataset.photos.count ?? 1)
            model.maps.maps = nil
            return askForMaps()
        }
        switch key {
        case .enter, .escape, .character("q"): dialog = nil
        case .left, .character("h"): return show(layer - 1)
        case .right, .character("l"): return show(layer + 1)
        case .home, .character("g"): return show(0)
        case .end, .character("G"): return show(layers - 1)
        case .up, .character("k"): return turn(-1)
        case .down, .character("j"): return turn(1)
        case .character("f"):
            model.maps.showsFilters.toggle()
            return model.maps.showsFilters ? [.ask(.filters)] : []
        default: break
        }
        return []
    }
}
