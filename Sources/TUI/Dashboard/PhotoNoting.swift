import Keys
import Photos
import Phrases
import Recipes
package import Runs
import Training

/// Marks and notes on photos, kept by file in the run store.
extension DashboardState {
    /// The mark and note on a photo of the dataset.
    package func photoNote(_ photo: Int) -> PhotoNote {
        guard let photos = context?.dataset.photos, photos.indices.contains(photo) else { return PhotoNote() }
        return predictions.notes[photos[photo].file] ?? PhotoNote()
    }

    /// The photo that a mark or note applies to: the open one, or else the chosen one.
    private var notablePhoto: Int? {
        if case .prediction(let index) = dialog {
            return predictions.shown.indices.contains(index) ? predictions.shown[index].photo : nil
        }
        return predictions.chosen?.photo
    }

    mutating func toggleMark() -> [Effect] {
        guard let photo = notablePhoto else { return [] }
        var note = photoNote(photo)
        note.isMarked.toggle()
        return keep(note, of: photo)
    }

    mutating func editNote() {
        guard let photo = notablePhoto, let file = context?.dataset.photos[photo].file else { return }
        dialog = .form(
            Form(
                .note(file: file),
                [.init(label: .fieldNote, value: .text(TextField(photoNote(photo).text, limit: 500)))]))
    }

    /// - Parameter file: the photo's file, which the list may no longer contain.
    mutating func setNote(_ text: String, of file: PhotoPath) -> [Effect] {
        dialog = nil
        guard let photo = context?.dataset.photos.firstIndex(where: { $0.file == file }) else { return [] }
        var note = photoNote(photo)
        note.text = text
        let effects = keep(note, of: photo)
        say(strings[text.isEmpty ? .noteGone : .noteKept])
        return effects
    }

    private mutating func keep(_ note: PhotoNote, of photo: Int) -> [Effect] {
        guard let context else { return [] }
        let file = context.dataset.photos[photo].file
        predictions.keep(note, file: file)
        arrangePredictions()
        return [.keepNote(note, file: file, run: context.run)]
    }
}
