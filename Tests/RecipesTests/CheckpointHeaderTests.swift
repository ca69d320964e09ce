import Foundation
import Testing

@testable import Photos
@testable import Recipes

/// The header's form in files, which is older than the types that it is read into.
@Suite struct CheckpointHeaderTests {
    /// As a program wrote it that knew one type for state and progress; of `kept_run.tar.gz`.
    private static let old = """
        {"classes":["daisy","roses"],"configuration":{"batch_size":4,"data":"photos","demo":false,\
        "divergence_guard":true,"dropout":0.2,"epochs":2,"fine_tune_at":100,"fine_tune_epochs":1,\
        "fine_tune_learning_rate":1e-05,"image_size":160,"keep_checkpoints":3,"learning_rate":0.001,\
        "schedule":"constant","seed":42,"validation_split":0.2,"weights":"weights.safetensors"},\
        "data":"photos","photos":"6586a90d","progress":{"adam_step":12,"best_epoch":0,\
        "best_validation_accuracy":0.5,"best_validation_loss":0.6970724761486053,"epoch":1,\
        "epoch_correct":8,"epoch_examples":16,"epoch_loss_sum":11.096122026443481,"finished":false,\
        "last_validation_accuracy":0.5,"last_validation_loss":0.6970724761486053,"learning_rate":0.001,\
        "stage":"head","stage_first_epoch":0,"steering":{"augmentation":{"flips":true,"rotation":0.2,\
        "zoom":0.2},"divergence":{"batches":12,"mean":0.6992257731556892},"dropout":0.2,\
        "guards":{"divergence":true},"patience_from":0,"plateau_epochs":0,\
        "plateau_loss":0.6970724761486053,"schedule":"constant","schedule_batch":12,"stage_end":2},\
        "step":4},"run":"0001","version":1,"weights":"weights.safetensors (safetensors)"}
        """

    private func header(_ text: String) throws -> CheckpointHeader {
        try #require(try CheckpointHeader(metadata: [CheckpointHeader.metadataKey: text], path: "c"))
    }

    private func text(_ header: CheckpointHeader) throws -> String {
        String(decoding: try CheckpointHeader.encoder().encode(header), as: UTF8.self)
    }

    @Test func olderHeadersAreReadAndWrittenAsTheyAre() throws {
        let header = try header(Self.old)
        #expect(header.state.headEpochs == 2 && header.state.fineTuneEpochs == 1)
        #expect(header.progress.adamStep == 12 && header.progress.scheduleBatch == 12)
        #expect(try text(header) == Self.old)
    }

    @Test func everyFieldIsKept() throws {
        var header = try header(Self.old)
        header.state.beginFineTuning(from: 90, epoch: 3, header.recipe)
        header.state.stageEnd += 4
        header.state.schedule = .step(epochs: 2, factor: 0.5)
        (header.state.dropout, header.state.baseLearningRate) = (0.4, 3e-6)
        (header.state.augmentation.flips, header.state.augmentation.zoom) = (false, 0.1)
        header.state.guards = Guards(divergence: false, earlyStop: 3, reduceOnPlateau: 2)
        header.state.stageFinish = .init(layer: 80)
        (header.progress.epoch, header.progress.step, header.progress.epochCorrect) = (5, 7, 9)
        (header.progress.patienceFrom, header.progress.plateauEpochs) = (4, 1)
        header.progress.finished = true
        #expect(try self.header(text(header)) == header)
        #expect(header.state.stageFirstEpoch == 3 && header.state.stageEnd == 8)
    }

    /// As in files of versions in which nothing could change during a run.
    @Test func theRecipeFillsInWhatIsNotThere() throws {
        let start = try #require(Self.old.range(of: ",\"steering\""))
        let end = try #require(Self.old.range(of: ",\"step\":4"))
        let text = Self.old.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "")
        let head = try header(text)
        #expect(head.state == RecipeState(head.recipe) && head.progress.scheduleBatch == 0)
        let fineTuning = try header(
            text.replacing(
                "\"stage\":\"head\",\"stage_first_epoch\":0",
                with: "\"stage\":\"fine_tune\",\"stage_first_epoch\":2"))
        #expect(fineTuning.state.stageFirstEpoch == 2 && fineTuning.state.stageEnd == 3)
    }
}
