import Testing

@testable import Core

@Suite struct DiagnosisTests {
    private func epochs(_ losses: [(train: Double, validation: Double)], accuracy: Double = 0.8) -> [TrainerEvent.EpochEnded] {
        losses.enumerated().map { index, loss in
            .init(
                epoch: index, stage: .head, trainLoss: loss.train, trainAccuracy: accuracy, validationLoss: loss.validation,
                validationAccuracy: accuracy, trainSeconds: 1, validationSeconds: 1, imagesPerSecond: 100)
        }
    }

    @Test func aHealthyRunIsLeftAlone() {
        #expect(Diagnosis.sentences(epochs: epochs([(1, 1), (0.6, 0.7), (0.4, 0.55), (0.3, 0.5)])).isEmpty)
        #expect(Diagnosis.sentences(epochs: []).isEmpty)
    }

    @Test func overfittingNeedsTwoRisingEpochs() {
        #expect(Diagnosis.sentences(epochs: epochs([(1, 0.5), (0.6, 0.6), (0.4, 0.58)])).isEmpty)
        let sentences = Diagnosis.sentences(epochs: epochs([(1, 0.5), (0.6, 0.6), (0.4, 0.7)]))
        #expect(sentences.count == 1 && sentences[0].contains("overfits"))
    }

    @Test func risingTrainingLossBlamesTheRate() {
        let sentences = Diagnosis.sentences(epochs: epochs([(0.5, 0.5), (0.9, 0.9)]))
        #expect(sentences.count == 1 && sentences[0].contains("learning rate may be too high"))
    }

    @Test func aPlateauIsNamedUnlessAllIsLearnt() {
        let flat = [(0.5, 0.5), (0.5, 0.5), (0.499, 0.5)]
        #expect(Diagnosis.sentences(epochs: epochs(flat)).contains { $0.contains("plateau") })
        #expect(Diagnosis.sentences(epochs: epochs(flat, accuracy: 0.995)).isEmpty)
    }

    @Test func aClassThatIsNeverPredictedIsNamed() {
        func predictions(_ pairs: [(Int, Int)]) -> [Prediction] {
            pairs.map { label, predicted in
                Prediction(photo: 0, label: label, probabilities: (0..<4).map { $0 == predicted ? 0.7 : 0.1 })
            }
        }
        let classes = ["a", "b", "c", "d"]
        let sentence = Diagnosis.neverPredicted(predictions([(0, 0), (1, 0), (2, 2), (3, 3)]), classes: classes)
        #expect(sentence?.contains("taken for b") == true)
        #expect(Diagnosis.neverPredicted(predictions([(0, 0), (1, 1), (2, 2), (3, 3)]), classes: classes) == nil)
        // Nearly everything is missing in the first epochs; that is no news.
        #expect(Diagnosis.neverPredicted(predictions([(0, 0), (1, 0), (2, 0), (3, 0)]), classes: classes) == nil)
    }

    @Test func adviceFollowsSizeAndSimilarity() {
        #expect(Diagnosis.advice(trainingPhotos: 300, classes: 5, headAccuracy: 0.9).contains("head alone"))
        #expect(Diagnosis.advice(trainingPhotos: 300, classes: 5, headAccuracy: 0.3).contains("top layers"))
        #expect(Diagnosis.advice(trainingPhotos: 9000, classes: 5, headAccuracy: 0.9).contains("more layers"))
        #expect(Diagnosis.advice(trainingPhotos: 9000, classes: 5, headAccuracy: 0.3).contains("most or all"))
        #expect(Diagnosis.advice(trainingPhotos: 9000, classes: 5, headAccuracy: nil).contains("first epoch"))
    }
}
