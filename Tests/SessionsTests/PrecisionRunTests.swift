import Basics
import Foundation
import Network
import Store
import TestSupport
import Testing

@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// Whole runs in bfloat16, and their refusal on a processor without the units.
@Suite(.serialized) struct PrecisionRunTests {
    private static let plain = Processor(name: "Plain Processor 1", bfloat16: nil)

    private func half(_ photos: TinyPhotos) -> Recipe {
        var recipe = photos.recipe
        recipe.basePrecision = .bfloat16
        return recipe
    }

    private func start(_ recipe: Recipe, _ options: RunSession.Options) throws -> RunEndReason {
        let session = RunSession(recipe, options)
        session.start()
        return try session.wait()
    }

    @Test func aNewRunIsRefusedWithoutTheUnits() throws {
        let photos = try TinyPhotos()
        var options = photos.options()
        options.processor = Self.plain
        let failure = UserError(SessionFailure.noBFloat16(processor: "Plain Processor 1", run: nil))
        #expect("\(failure)".contains("Plain Processor 1") && "\(failure)".contains("--precision float32"))
        #expect(throws: failure) { try start(half(photos), options) }
        #expect(try RunStore(home: photos.home).list().isEmpty)
        #expect(try start(photos.recipe, options) == .finished)
    }

    /// A run that was trained elsewhere in bfloat16 goes on as a branch in Float32.
    @Test func resumingIsRefusedWithoutTheUnitsAndABranchGoesOn() throws {
        let photos = try TinyPhotos()
        _ = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == 1, batch.step == 1 { session.interrupt() }
        }
        let store = try RunStore(home: photos.home)
        var changes = RunChanges(.precision) { $0.basePrecision = .bfloat16 }
        let branch = try RunFolder.find(home: photos.home, id: "1").branch(from: "last", changes, in: store)
        #expect(try branch.loadRecipe().basePrecision == .bfloat16)
        var options = photos.options(resuming: branch.id)
        options.processor = Self.plain
        let failure = UserError(SessionFailure.noBFloat16(processor: "Plain Processor 1", run: branch.id))
        #expect("\(failure)".contains("flowers-tui runs branch \(branch.id) --precision float32"))
        let before = try Data(contentsOf: URL(fileURLWithPath: branch.last))
        #expect(throws: failure) { try start(Recipe(), options) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: branch.last)) == before)

        changes = RunChanges(.precision) { $0.basePrecision = .float32 }
        let back = try branch.branch(from: "last", changes, in: store)
        #expect(try back.loadRecipe().precision == nil)
        options.resuming = back.id
        #expect(try start(Recipe(), options) == .finished)
    }

    @Test(
        .enabled(if: Processor.current.bfloat16 != nil, "needs a processor with AVX512-BF16 or AMX-BF16"),
        arguments: [(0, 2), (2, 1)])
    func resumedRunEqualsAnUnbrokenOne(epoch: Int, step: Int) throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos, recipe: half(photos))
        let (reason, first) = try run(photos, threads: 1, recipe: half(photos)) { session, event in
            if case .batchEnded(let batch) = event, batch.epoch == epoch, batch.step == step {
                session.interrupt()
            }
        }
        #expect(reason == .interrupted)
        let (end, second) = try run(photos, resuming: "2")
        #expect(end == .finished)
        #expect(first.batchLosses + second.batchLosses == whole.batchLosses)
        #expect((first.epochs + second.epochs).map(\.validationLoss) == whole.epochs.map(\.validationLoss))

        // Near those in Float32, and not the same.
        let (_, float) = try run(photos)
        let distances = zip(float.batchLosses, whole.batchLosses).map { abs($0 - $1) }
        #expect(distances.max()! > 0 && distances.reduce(0, +) < 0.1 * float.batchLosses.reduce(0, +))
        let header = try CheckpointHeader.load(try RunFolder.find(home: photos.home, id: "1").last)
        #expect(header.recipe.basePrecision == .bfloat16)
    }

    @Test func otherUnitsMatterToRunsInBFloat16Only() {
        var (here, there) = (SystemDescription(threads: 1), SystemDescription(threads: 1))
        // Kernels are recorded rather than units, as some processors with the same unit have others.
        if let kernels = VectorKernels.bfloat16 { #expect(here.bfloat16 == kernels.name) }
        (here.bfloat16, there.bfloat16) = ("AVX512-BF16", "AMX-BF16")
        #expect(here.computes(asOn: there) && !here.computes(asOn: there, .bfloat16))
        there.bfloat16 = here.bfloat16
        #expect(here.computes(asOn: there, .bfloat16))
        #expect(here.engine.hasSuffix("AVX512-BF16"))
    }
}
