import Basics
import Foundation
import Keys
import Photos
import Sessions
import Training

/// A photo from outside the dataset, and its classification.
package struct OutsidePhoto: Sendable {
    package let path: String
    /// Identifies the photo in the thumbnail cache. Negative, because dataset photos count from 0.
    package let number: Int
    /// The photo as the network sees it; nil until it is read.
    package var image: RGBImage?
    package var explanation: Explanation?
    /// Epochs that the classifying weights had completed.
    package var epoch = 0
    /// The class whose activation map is overlaid.
    package var label: Int?
}

extension DashboardState {
    var classifyForm: Form {
        Form(.classify, [.init(label: .fieldFile, value: .text(TextField(history: typedPaths, limit: 1024)))])
    }

    /// Loads a photo and has it classified.
    ///
    /// - Parameter typed: a path as typed or pasted, perhaps quoted or with `~`.
    mutating func classify(_ typed: String) -> [Effect] {
        var path = typed
        for quote in ["'", "\""] where path.count > 1 && path.hasPrefix(quote) && path.hasSuffix(quote) {
            path = String(path.dropFirst().dropLast())
        }
        path = UserPath.expanded(path)
        typedPaths = typedPaths.filter { $0 != path } + [path]
        outsidePhoto = OutsidePhoto(path: path, number: (outsidePhoto?.number ?? 0) - 1)
        dialog = .outsidePhoto
        return [.loadPhoto(path, side: context?.dataset.imageSize ?? 160), .ask(.explain(.file(path)))]
    }

    mutating func takePhoto(_ path: String, _ image: RGBImage?, problem: String?) {
        guard outsidePhoto?.path == path else { return }
        outsidePhoto?.image = image
        if let problem { giveUpOutsidePhoto(problem) }
    }

    /// Reopens the form with the reason, so that the path can be corrected.
    mutating func giveUpOutsidePhoto(_ problem: String) {
        guard let photo = outsidePhoto, dialog == .outsidePhoto else { return }
        outsidePhoto = nil
        var form = classifyForm
        form.fields[0].value = .text(TextField(photo.path, history: typedPaths, limit: 1024))
        form.problem = problem
        dialog = .form(form)
    }

    mutating func pressInOutsidePhoto(_ key: Key) -> [Effect] {
        let classes = context?.dataset.classes.count ?? 0
        let (label, explanation) = (outsidePhoto?.label, outsidePhoto?.explanation)
        switch key {
        case .escape, .enter, .character("q"): dialog = nil
        case .character("F"): dialog = .form(classifyForm)
        case .character("m"):
            outsidePhoto?.label = label == nil ? explanation?.predicted : nil
        case .up, .character("k"):
            let next = label.map { clamp($0 - 1, classes) }
            outsidePhoto?.label = next
        case .down, .character("j"):
            let next = label.map { clamp($0 + 1, classes) }
            outsidePhoto?.label = next
        default: break
        }
        return []
    }
}
