import Basics
package import Canvas
import Foundation
import Keys
import Photos
import Phrases
import Sessions
package import Training

/// A photo from outside the dataset, and its classification.
package struct OutsidePhoto: Sendable {
    package let path: String
    /// Identifies the photo in the thumbnail cache. Negative, because dataset photos count from 0.
    package let number: Int
    /// The photo as the network sees it; nil until it is read.
    package var image: RGBImage?
    package var explanation: Explanation?
    /// Number of the answer that brought `explanation`; identifies its pictures.
    package var revision = 0
    /// Epochs that the classifying weights had completed.
    package var epoch = 0
    /// The class whose activation map is overlaid.
    package var label: Int?
}

/// The photo that was classified last, and the paths typed so far.
package struct OutsidePhotos: Sendable {
    package var photo: OutsidePhoto?
    /// The photos of the folder that was named; empty if a photo was.
    package private(set) var files: [String] = []
    /// Index of the photo among `files`.
    package private(set) var place = 0
    /// The newest last.
    private(set) var typedPaths: [String] = []
    /// Photos opened so far. No number is used twice, so no photo gets another one's thumbnail.
    private var count = 0

    mutating func open(_ path: String) {
        files = []
        typedPaths = typedPaths.filter { $0 != path } + [path]
        show(path)
    }

    /// Opens the first photo of a folder.
    mutating func open(_ files: [String]) {
        (self.files, place) = (files, 0)
        show(files[0])
    }

    /// Opens another photo of the folder; returns its path, or nil if there is none that way.
    mutating func move(_ steps: Int) -> String? {
        guard files.indices.contains(place + steps) else { return nil }
        place += steps
        show(files[place])
        return files[place]
    }

    private mutating func show(_ path: String) {
        count += 1
        photo = OutsidePhoto(path: path, number: -count)
    }

    /// Forgets the photo; returns its path.
    mutating func giveUp() -> String? {
        defer { photo = nil }
        return photo?.path
    }

    mutating func take(_ explanation: Explanation, of path: String, epoch: Int, revision: Int) {
        guard photo?.path == path else { return }
        photo?.explanation = explanation
        photo?.epoch = epoch
        photo?.revision = revision
    }
}

extension DashboardState {
    var classifyForm: Form {
        Form(
            .classify,
            [.init(label: .fieldFile, value: .text(TextField(history: outside.typedPaths, limit: 1024)))])
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
        outside.open(path)
        dialog = .outsidePhoto
        return [load(path)]
    }

    private func load(_ path: String) -> Effect {
        .loadPhoto(path, side: context?.dataset.imageSize ?? 160)
    }

    /// Shows a photo that was read and has it classified.
    mutating func takePhoto(_ path: String, _ image: RGBImage?, problem: String?) -> [Effect] {
        guard outside.photo?.path == path else { return [] }
        outside.photo?.image = image
        if let problem {
            giveUpOutsidePhoto(problem)
            return []
        }
        return image == nil ? [] : [.ask(.explain(.file(path)))]
    }

    /// Opens the first photo of the folder that was named.
    mutating func takePhotos(in folder: String, _ files: [String], problem: String?) -> [Effect] {
        guard outside.photo?.path == folder else { return [] }
        guard let first = files.first else {
            giveUpOutsidePhoto(problem ?? strings(.noPhotosIn, folder))
            return []
        }
        outside.open(files)
        return [load(first)]
    }

    /// Puts the completion of a path into the form that asked for it.
    mutating func take(_ completion: PhotoPathCompletion, of typed: String) {
        guard case .form(var form)? = dialog, form.kind == .classify,
            case .text(let field) = form.fields[0].value, field.text == typed
        else { return }
        if completion.text != typed {
            form.fields[0].value = .text(
                TextField(completion.text, history: outside.typedPaths, limit: field.limit))
        }
        form.problem =
            completion.names.count == 1 || completion.text.hasSuffix("/") && completion.names.isEmpty
            ? nil
            : completion.names.isEmpty
                ? strings[.nothingCompletes]
                : completion.names.prefix(12).joined(separator: "  ")
                    + (completion.names.count > 12
                        ? "  " + strings(.andMore, (completion.names.count - 12).grouped) : "")
        dialog = .form(form)
    }

    /// Reopens the form with the reason, so that the path can be corrected.
    mutating func giveUpOutsidePhoto(_ problem: String) {
        guard dialog == .outsidePhoto, let path = outside.giveUp() else { return }
        var form = classifyForm
        form.fields[0].value = .text(TextField(path, history: outside.typedPaths, limit: 1024))
        form.problem = problem
        dialog = .form(form)
    }

    mutating func pressInOutsidePhoto(_ key: Key) -> [Effect] {
        let classes = context?.dataset.classes.count ?? 0
        let (label, explanation) = (outside.photo?.label, outside.photo?.explanation)
        switch key {
        case .escape, .enter, .character("q"): dialog = nil
        case .character("F"): dialog = .form(classifyForm)
        case .right, .character("l"): return outside.move(1).map { [load($0)] } ?? []
        case .left, .character("h"): return outside.move(-1).map { [load($0)] } ?? []
        case .character("m"):
            outside.photo?.label = label == nil ? explanation?.predicted : nil
        case .up, .character("k"):
            let next = label.map { clamp($0 - 1, classes) }
            outside.photo?.label = next
        case .down, .character("j"):
            let next = label.map { clamp($0 + 1, classes) }
            outside.photo?.label = next
        default: break
        }
        return []
    }
}
