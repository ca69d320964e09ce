import Testing

@testable import Recipes

@Suite struct DiagnosisTests {
    private func epochs(_ losses: [(train: Double, validation: Double)], accuracy: Double = 0.8)
        -> [TrainerEvent.EpochEnded]
    {
        losses.enumerated().map { index, loss in
            .init(
                epoch: index, stage: .head, trainLoss: loss.train, trainAccuracy: accuracy,
                validationLoss: loss.validation,
                validationAccuracy: accuracy, trainSeconds: 1, validationSeconds: 1, imagesPerSecond: 100)
        }
    }

    @Test func aHealthyRunIsLeftAlone() {
        #expect(Diagnosis.findings(epochs: epochs([(1, 1), (0.6, 0.7), (0.4, 0.55), (0.3, 0.5)])).isEmpty)
        #expect(Diagnosis.findings(epochs: []).isEmpty)
    }

    @Test func overfittingNeedsTwoRisingEpochs() {
        #expect(Diagnosis.findings(epochs: epochs([(1, 0.5), (0.6, 0.6), (0.4, 0.58)])).isEmpty)
        #expect(Diagnosis.findings(epochs: epochs([(1, 0.5), (0.6, 0.6), (0.4, 0.7)])) == [.overfits])
    }

    @Test func risingTrainingLossBlamesTheRate() {
        #expect(Diagnosis.findings(epochs: epochs([(0.5, 0.5), (0.9, 0.9)])) == [.trainingLossRises])
    }

    @Test func aPlateauIsNamedUnlessAllIsLearnt() {
        let flat = [(0.5, 0.5), (0.5, 0.5), (0.499, 0.5)]
        #expect(Diagnosis.findings(epochs: epochs(flat)) == [.plateau])
        #expect(Diagnosis.findings(epochs: epochs(flat, accuracy: 0.995)).isEmpty)
    }

    @Test func aSlowFallBlamesALowRate() {
        #expect(
            Diagnosis.findings(epochs: epochs([(0.5, 0.5), (0.495, 0.49), (0.49, 0.48)])) == [
                .learningRateTooLow
            ])
    }

    @Test func aWideGapIsNamed() {
        var both = epochs([(0.5, 0.5), (0.3, 0.5), (0.2, 0.502)])
        both[2].trainAccuracy = 0.98
        #expect(Diagnosis.findings(epochs: both) == [.accuracyGap(0.98 - 0.8)])
    }

    @Test func aClassThatIsNeverPredictedIsNamed() {
        func predictions(_ pairs: [(Int, Int)]) -> [Prediction] {
            pairs.map { label, predicted in
                Prediction(photo: 0, label: label, probabilities: (0..<4).map { $0 == predicted ? 0.7 : 0.1 })
            }
        }
        let classes = ["a", "b", "c", "d"]
        let finding = Diagnosis.neverPredicted(
            predictions([(0, 0), (1, 0), (2, 2), (3, 3)]), classes: classes)
        #expect(finding == .neverPredicted(["b"]))
        #expect(
            Diagnosis.neverPredicted(predictions([(0, 0), (1, 1), (2, 2), (3, 3)]), classes: classes) == nil)
        // In the first epochs nearly every class is missing, which is not worth reporting.
        #expect(
            Diagnosis.neverPredicted(predictions([(0, 0), (1, 0), (2, 0), (3, 0)]), classes: classes) == nil)
    }

    @Test func adviceFollowsSizeAndSimilarity() {
        for (photos, areFew) in [(300, true), (9000, false)] {
            for (accuracy, areSimilar) in [(0.9, true), (0.3, false)] {
                let advice = UnfreezingAdvice(trainingPhotos: photos, classes: 5, headAccuracy: accuracy)
                #expect(advice.areFew == areFew && advice.areSimilar == areSimilar)
            }
        }
    }
}
