import Foundation
import Ranks
import TestSupport
import Testing

/// The command line's part in jobs of several ranks; `make test-mpi` runs the ranks themselves.
@Suite struct RankCommandTests {
    private func recipe(_ photos: TinyPhotos, _ arguments: [String]) throws -> [String: Any] {
        let result = try Program.run(
            [
                "train", "--data", photos.data, "--weights", photos.weights, "--epochs", "1",
                "--fine-tune-epochs", "0",
            ]
                + arguments, in: photos)
        #expect(result.status == 0, "\(result.errors)")
        let runs = try FileManager.default.contentsOfDirectory(atPath: photos.home + "/runs").sorted()
        let file = try Data(
            contentsOf: URL(fileURLWithPath: "\(photos.home)/runs/\(runs.last ?? "")/config.json"))
        return try #require(JSONSerialization.jsonObject(with: file) as? [String: Any])
    }

    /// Rates follow the batch only if that is asked for.
    @Test func ratesAreScaledOnRequest() throws {
        let photos = try TinyPhotos()
        let plain = try recipe(photos, ["--batch-size", "16"])
        #expect(plain["learning_rate"] as? Double == 1e-3)
        let scaled = try recipe(photos, ["--batch-size", "16", "--scale-rate", "linear"])
        #expect(scaled["learning_rate"] as? Double == 5e-4)
        #expect(scaled["fine_tune_learning_rate"] as? Double == 5e-6)
        #expect(scaled["schedule"] as? String == "warm-up:100")
        let kept = try recipe(photos, ["--scale-rate", "linear", "--schedule", "constant"])
        #expect(kept["learning_rate"] as? Double == 1e-3 && kept["schedule"] as? String == "constant")
    }

    /// A program without MPI says what it needs, once, and all its ranks fail.
    @Test(.enabled(if: !MPIJob.isBuilt, "the program is built with MPI")) func withoutMPIRanksAreRefused()
        throws
    {
        let photos = try TinyPhotos()
        for rank in 0...1 {
            let result = try Program.run(
                ["train", "--data", photos.data], in: photos,
                environment: ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "\(rank)"])
            #expect(result.status == 1 && result.output.isEmpty)
            #expect(
                result.errors.contains("--traits MPI") == (rank == 0) && (rank == 0 || result.errors.isEmpty))
        }
        // Commands that do not train ask for no ranks.
        let result = try Program.run(
            ["model", "--image-size", "96"], in: photos,
            environment: ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1"])
        #expect(result.status == 0 && result.output.contains("Conv1"))
    }
}
