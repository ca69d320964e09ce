import FlowersTraining
import Foundation
import Network
import Recipes
import Runs
import Sessions
import TestSupport
import Testing

/// The library as another package uses it: through its public declarations only.
@Suite struct FlowersTrainingTests {
    private func recipe(_ photos: TinyPhotos) -> TrainingRecipe {
        var recipe = TrainingRecipe()
        recipe.weights = .file(photos.weights)
        (recipe.epochs, recipe.fineTuneEpochs, recipe.batchSize) = (2, 2, 8)
        return recipe
    }

    /// The same bits as a session, which has a home folder and a run.
    @Test func trainingEqualsThatOfTheProgram() throws {
        let photos = try TinyPhotos()
        let events = EventRecorder()
        var options = photos.options()
        options.observer = { events.note($0) }
        let session = RunSession(photos.recipe, options)
        session.start()
        _ = try session.wait()

        let folder = try PhotoFolder(photos.data)
        #expect(folder.classes == ["daisy", "roses"] && folder.photos.count == 24 && folder.skipped.isEmpty)
        var epochs: [TrainingEvent.Epoch] = []
        let classifier = try ImageClassifier.train(on: folder, recipe: recipe(photos)) {
            if case .epochEnded(let epoch) = $0 { epochs.append(epoch) }
        }
        let expected = events.outcomes.map(\.metrics)
        #expect(epochs.map(\.trainLoss) == expected.map(\.trainLoss) && epochs.count == 4)
        #expect(epochs.map(\.validationLoss) == expected.map(\.validationLoss))
        #expect(epochs.map(\.isFineTuning) == [false, false, true, true])

        let evaluation = try classifier.evaluate(on: folder)
        #expect(abs(evaluation.loss - epochs[3].validationLoss) < 1e-5 && evaluation.images == 4)
        #expect(try classifier.evaluate(on: folder, subset: nil).images == 24)

        let file = "\(photos.data)/roses/1.jpg"
        let prediction = try classifier.predict(file)
        #expect(prediction.count == 2 && prediction[0].probability >= prediction[1].probability)
        let many = classifier.predict([file, photos.folder("none.jpg"), file])
        // The last bits depend on which photos are computed together.
        for index in [0, 2] {
            let found = try many[index].get()
            #expect(found.map(\.label) == prediction.map(\.label))
            #expect(zip(found, prediction).allSatisfy { abs($0.probability - $1.probability) < 1e-5 })
        }
        #expect(throws: TrainingError.self) { try many[1].get() }

        let saved = photos.folder("saved.safetensors")
        try classifier.save(to: saved)
        let again = try ImageClassifier(contentsOf: saved)
        #expect(again.classes == classifier.classes)
        #expect(try again.predict(file) == prediction)
        #expect(throws: TrainingError.self) { try ImageClassifier(contentsOf: saved, classes: ["a", "b"]) }
    }

    @Test func theBaseIsChosen() throws {
        #expect(BaseModel.allCases.map(\.rawValue) == Architecture.allCases.map(\.rawValue))
        let photos = try TinyPhotos(perClass: 4)
        let folder = try PhotoFolder(photos.data, model: .mobileNetV2At035, imageSize: 96)
        var recipe = TrainingRecipe()
        (recipe.weights, recipe.epochs, recipe.fineTuneEpochs, recipe.batchSize) = (.random, 1, 1, 8)
        let classifier = try ImageClassifier.train(on: folder, recipe: recipe)
        let saved = photos.folder("narrow.safetensors")
        try classifier.save(to: saved)
        let evaluation = try classifier.evaluate(on: folder)
        let again = try ImageClassifier(contentsOf: saved).evaluate(
            on: PhotoFolder(photos.data, imageSize: 96))
        #expect(abs(again.loss - evaluation.loss) < 1e-5)
        #expect(throws: TrainingError.self) {
            try PhotoFolder(photos.data, model: .efficientNetLite0, imageSize: 16)
        }
        #expect(try PhotoFolder(photos.data, model: .efficientNetLite0, imageSize: 65).photos.count == 8)
        recipe.fineTuneAt = 154
        #expect(throws: TrainingError.self) { try ImageClassifier.train(on: folder, recipe: recipe) }
    }

    @Test func itCanBeEndedEarly() throws {
        let photos = try TinyPhotos()
        var batches = 0
        _ = try ImageClassifier.train(on: try PhotoFolder(photos.data), recipe: recipe(photos)) { event in
            if case .batchEnded = event { batches += 1 }
        } until: { _ in
            batches == 2
        }
        #expect(batches == 2)
    }

    @Test func whatIsImpossibleIsOneSentence() throws {
        let photos = try TinyPhotos()
        #expect(throws: TrainingError.self) { try PhotoFolder(photos.folder("none")) }
        #expect(throws: TrainingError.self) { try PhotoFolder(photos.data, imageSize: 100) }
        #expect(throws: TrainingError.self) { try PhotoFolder(photos.data, validationSplit: 1) }
        var recipe = recipe(photos)
        recipe.learningRate = -1
        let folder = try PhotoFolder(photos.data)
        let error = #expect(throws: TrainingError.self) {
            try ImageClassifier.train(on: folder, recipe: recipe)
        }
        #expect(error?.description == "A learning rate must be above 0, not -1.0.")
    }
}
