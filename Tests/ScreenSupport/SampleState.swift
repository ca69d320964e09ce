package import Canvas
package import Dashboard
import Foundation
import Keys
package import Phrases
package import Screens
import Themes

@testable import Basics
@testable package import Doctor
@testable package import Network
@testable package import Photos
@testable package import Recipes
@testable package import Runs
@testable package import Sessions
@testable package import Training

/// A plain colour for each photo; augmented views are shades of it.
package struct SamplePixels: PhotoPixels {
    package init() {}

    package func image(at index: Int) -> RGBImage { Self.flat(UInt8(truncatingIfNeeded: 40 + index * 7)) }
    package func augmentedImage(at index: Int, variant: UInt64, strength: AugmentationStrength) -> RGBImage {
        Self.flat(UInt8(truncatingIfNeeded: 90 + index * 7 + Int(variant) * 3))
    }
    private static func flat(_ value: UInt8) -> RGBImage {
        RGBImage(width: 8, height: 8, pixels: (0..<64).flatMap { i in [value, UInt8(i * 3), 128] })
    }
}

package enum Sample {
    package static func context(synthetic: Bool = false, random: Bool = false) -> SessionContext {
        let classes = ["daisy", "dandelion", "roses", "sunflowers", "tulips"]
        let photos = (0..<60).map {
            Photo(
                file: "\(classes[$0 % 5])/\($0).jpg", label: $0 % 5, subset: $0 < 48 ? .training : .validation
            )
        }
        var dataset = DatasetSummary(
            name: synthetic ? "synthetic demo flowers" : "flower_photos", synthetic: synthetic,
            classes: classes,
            photos: photos, skipped: [SkippedPhoto(file: "daisy/bad.jpg", fault: .kind(.empty))],
            imageSize: 160, pixels: SamplePixels())
        dataset.path = "photos"
        return SessionContext(
            run: "0042", recipe: Recipe(),
            dataset: dataset,
            weights: random ? .random : .keras, layers: Backbone(.mobileNetV2, imageSize: 160).summaries,
            headParameters: 6405, history: [])
    }

    package static var predictions: PredictionSet { predictions(epoch: 6) { $0 % 4 == 0 } }

    /// - Parameter isWrong: whether a photo is predicted as the next class.
    package static func predictions(epoch: Int, isWrong: (Int) -> Bool) -> PredictionSet {
        PredictionSet(
            epoch: epoch,
            predictions: (48..<60).map { photo in
                let label = photo % 5
                let predicted = isWrong(photo) ? (label + 1) % 5 : label
                return Prediction(
                    photo: photo, label: label, probabilities: (0..<5).map { $0 == predicted ? 0.8 : 0.05 })
            })
    }

    /// An activation map for each class, with a single hot cell.
    package static var explanation: Explanation {
        let kernel = (0..<8 * 5).map { $0 / 5 == $0 % 5 ? Float(1) : 0 }
        return kernel.withUnsafeBufferPointer { kernel in
            [Float](repeating: 0, count: 5).withUnsafeBufferPointer { bias in
                Explanation(
                    probabilities: [0.05, 0.05, 0.05, 0.8, 0.05],
                    features: [Float](repeating: 0.25, count: 8),
                    baseOutput: (0..<4 * 8).map { $0 / 8 == $0 % 8 % 4 ? 1 : 0 }, side: 2,
                    kernel: kernel.baseAddress!,
                    bias: bias.baseAddress!)
            }
        }
    }

    package static func featureMaps(layer: Int) -> FeatureMaps {
        FeatureMaps(
            layer: layer, name: "a layer", values: (0..<4 * 4 * 12).map { Float($0 * 7 % 23) }, side: 4,
            channels: 12)
    }

    package static var filters: [RGBImage] {
        (0..<32).map { index in
            RGBImage(width: 3, height: 3, pixels: (0..<27).map { UInt8(($0 * 9 + index * 5) % 256) })
        }
    }

    package static var layers: LayerReport {
        LayerReport(
            epoch: 6, step: 5,
            layers: [
                LayerNorms(layer: 100, weightNorm: 3.5),
                LayerNorms(layer: 101, weightNorm: 2.25, gradientNorm: 0.5, updateRatio: 1e-3),
                LayerNorms(
                    layer: Architecture.mobileNetV2.layerCount, weightNorm: 1.5, gradientNorm: 0.25,
                    updateRatio: 0),
            ])
    }

    /// The end of an epoch after which the head's weights are spread wider.
    package static func outcome(epoch: Int) -> EpochOutcome {
        var head = LayerNorms(layer: Architecture.mobileNetV2.layerCount, weightNorm: 1.5)
        head.histogram = LayerHistogram(
            low: -Float(epoch) / 10, high: Float(epoch) / 8,
            counts: (0..<LayerHistogram.bins).map { ($0 + 1) * (LayerHistogram.bins - $0) })
        return EpochOutcome(
            metrics: .init(
                epoch: epoch - 1, stage: .fineTune, trainLoss: 0.2, trainAccuracy: 0.9, validationLoss: 0.3,
                validationAccuracy: 0.9, trainSeconds: 4, validationSeconds: 1, imagesPerSecond: 280),
            predictions: predictions(epoch: epoch) { $0 % 5 == 0 }, layers: [head])
    }

    /// A plane of most validation photos, with one far off and one that is unknown.
    package static var plane: FeatureProjection {
        var points = (48..<58).map { (photo: Int) -> FeatureProjection.Point in
            let x = Float(photo % 5)
            return .init(photo: photo, x: x, y: Float(photo / 5 % 3) - x)
        }
        points.append(.init(photo: 58, x: 9, y: -7))
        points.append(.init(photo: 900, x: .nan, y: 0))
        return FeatureProjection(points: points, explained: 0.43)
    }

    /// Six and a half epochs of a run whose rate was halved.
    package static var events: [SessionEvent] {
        var events: [SessionEvent] = [
            .statusChanged(.preparing),
            .preparing(.init(phase: .decodingPhotos, done: 3, total: 60, unit: .photos)),
            .ready(context()),
            .training(
                .runStarted(
                    .init(
                        run: "0042", data: "flower_photos", weights: "w", trainImages: 48,
                        validationImages: 12,
                        classes: ["daisy"]))),
            .training(
                .stageStarted(
                    .init(
                        stage: .head, epoch: 0, trainableParameters: 6405, learningRate: 1e-3, fineTuneAt: nil
                    ))),
            .statusChanged(.training),
        ]
        for epoch in 0..<7 {
            if epoch == 5 {
                events.append(
                    .training(
                        .stageStarted(
                            .init(
                                stage: .fineTune, epoch: 5, trainableParameters: 1_867_845,
                                learningRate: 1e-5,
                                fineTuneAt: 100))))
            }
            for step in 1...(epoch == 6 ? 5 : 10) {
                let done = Double(epoch) + Double(step) / 10
                events.append(
                    .training(
                        .batchEnded(
                            .init(
                                epoch: epoch, step: step, steps: 10, loss: 1.6 / (1 + done),
                                accuracy: 1 - 0.7 / (1 + done),
                                batchLoss: 1.6 / (1 + done) + (step % 2 == 0 ? 0.1 : -0.1),
                                learningRate: epoch < 5 ? 1e-3 : 1e-5,
                                imagesPerSecond: 280))))
            }
            if epoch == 6 { break }
            let done = Double(epoch + 1)
            events.append(
                .training(
                    .epochEnded(
                        .init(
                            epoch: epoch, stage: epoch < 5 ? .head : .fineTune, trainLoss: 1.6 / (1 + done),
                            trainAccuracy: 1 - 0.7 / (1 + done), validationLoss: 1.7 / (1 + done),
                            validationAccuracy: 1 - 0.8 / (1 + done), trainSeconds: 4, validationSeconds: 1,
                            imagesPerSecond: 280))))
        }
        events.append(.predictions(predictions(epoch: 3) { $0 % 2 == 0 }))
        events.append(.predictions(predictions(epoch: 5) { $0 % 3 == 0 }))
        events.append(.predictions(predictions))
        events.append(.layers(layers))
        events.append(
            .training(
                .commandApplied(
                    .init(command: .multiplyLearningRate(0.5), epoch: 6, step: 5, learningRate: 5e-6))))
        return events
    }

    /// The sample run, but with no number as the validation loss of its first epoch.
    package static var divergedEvents: [SessionEvent] {
        events.map { event in
            guard case .training(.epochEnded(var epoch)) = event, epoch.epoch == 0 else { return event }
            epoch.validationLoss = .nan
            return .training(.epochEnded(epoch))
        }
    }

    /// The first four epochs of another run that is a little worse.
    package static var ghostEvents: [TrainerEvent] {
        events.compactMap { event in
            switch event {
            case .training(.batchEnded(var batch)) where batch.epoch < 4:
                batch.batchLoss += 0.3
                return .batchEnded(batch)
            case .training(.epochEnded(var epoch)) where epoch.epoch < 4:
                epoch.validationLoss += 0.3
                epoch.validationAccuracy -= 0.1
                return .epochEnded(epoch)
            default: return nil
            }
        }
    }

    /// A sweep whose loss falls and then rises.
    package static func sweep(points count: Int) -> LearningRateSweep {
        let points = (0..<count).map { step -> LearningRateSweep.Point in
            let exponent = -7 + 7 * Double(step) / 99
            let loss =
                exponent < -4.5
                ? 1.6 : exponent < -2 ? 1.6 - 0.5 * (exponent + 4.5) : 0.35 + 1.4 * (exponent + 2)
            return .init(learningRate: pow(10, exponent), loss: loss)
        }
        return LearningRateSweep(
            points: points, total: 100, isDone: count == 100, suggestion: count == 100 ? 1e-3 : nil,
            upperBound: count == 100 ? 2e-3 : nil)
    }

    package static var runs: [RunRecord] {
        (1...3).map { number in
            RunRecord(
                run: "000\(number)", status: number == 2 ? .interrupted : .finished,
                created: Date(timeIntervalSince1970: 0),
                ended: nil, data: "flower_photos", weights: "ImageNet weights from Keras", seed: 42,
                recipe: Recipe(), epochsDone: number * 3, epochs: 10, bestEpoch: 2,
                bestValidationLoss: 0.4,
                bestValidationAccuracy: 0.85, lastValidationLoss: 0.41, lastValidationAccuracy: 0.84, pid: 1,
                host: "here")
        }
    }

    /// Runs of all kinds, for the table of runs.
    package static var manyRuns: [RunRecord] {
        RunStatus.allCases.enumerated().map { run(number: $0.offset, $0.element) }
    }

    private static func run(number: Int, _ status: RunStatus) -> RunRecord {
        var recipe = Recipe()
        recipe.learningRate = number == 1 ? 1e-2 : 1e-3
        recipe.dropout = number == 2 ? 0.5 : 0.2
        var run = RunRecord(
            run: "000\(number + 1)", status: status,
            created: Date(timeIntervalSince1970: 1_700_000_000 + Double(number) * 86_400), ended: nil,
            data: number == 3 ? "/home/me/树叶" : "/home/me/flower_photos",
            weights: "ImageNet weights from Keras", seed: 42, recipe: recipe, epochsDone: number * 2,
            epochs: 10, bestEpoch: nil, bestValidationLoss: nil, bestValidationAccuracy: nil,
            lastValidationLoss: nil, lastValidationAccuracy: nil, pid: 1, host: "here")
        if number == 2 { (run.note, run.tags) = ("with more dropout", ["baseline", "paper"]) }
        guard number > 0 else { return run }
        let gain: Double = Double(number) * 0.03
        (run.bestEpoch, run.mostAccurateEpoch) = (number, number * 2 - 1)
        (run.bestValidationLoss, run.bestValidationAccuracy) = (0.6 - gain, 0.8 + gain)
        (run.lastValidationLoss, run.lastValidationAccuracy) = (0.7 - gain, 0.79 + gain)
        run.highestValidationAccuracy = 0.82 + gain
        return run
    }

    package static var curves: [String: [Double]] {
        var result: [String: [Double]] = [:]
        for run in manyRuns {
            result[run.run] = (0..<run.epochsDone).map { (epoch: Int) -> Double in
                0.9 - 0.4 / Double(epoch + 1)
            }
        }
        return result
    }

    /// The sample run after its end, in a dashboard that can open others.
    package static func finish(_ state: inout DashboardState) {
        state.departure.opensRuns = true
        state.reduceAtOnce(
            .session(
                .training(
                    .runEnded(.init(reason: .finished, validationLoss: 0.41, validationAccuracy: 0.87))),
                clock: "12:02"))
        state.reduceAtOnce(.session(.statusChanged(.finished), clock: "12:02"))
        state.toast = nil
    }

    package static var statistics: DataStatistics {
        let values = (0..<60).map { 200 + Double($0 * $0 % 300) }
        return try! JSONDecoder().decode(
            DataStatistics.self,
            from: JSONSerialization.data(withJSONObject: [
                "data": "photos", "photos": 60, "unreadable": 1, "excluded": 2,
                "classes": [["name": "daisy", "photos": 12, "share": 0.2]], "imbalance": 1.0,
                "aspects": object(Histogram(values.map { $0 / 300 }, bins: 16)),
                "widths": object(Histogram(values, bins: 16)),
                "heights": object(Histogram([240], bins: 16)),
                "bytes": object(Histogram(values.map { $0 * 111 }, bins: 16)),
                "formats": ["jpeg": 58, "png": 2], "colorModes": ["rgb": 60],
            ]))
    }

    private static func object(_ histogram: Histogram) -> Any {
        try! JSONSerialization.jsonObject(with: JSONEncoder().encode(histogram))
    }

    /// Findings of four kinds; the first is about a file without a picture.
    package static var report: DoctorReport {
        func finding(
            _ kind: Finding.Kind, _ files: [PhotoPath], _ sentence: String, _ suggested: String? = nil
        )
            -> Finding
        {
            Finding(
                kind: kind, files: files, leaveOut: kind == .leak ? [files[0]] : files, score: 0.75,
                sentence: sentence,
                suggestedClass: suggested)
        }
        let suspects = stride(from: 1, to: 46, by: 5).map { photo in
            finding(
                .wrongLabel, ["dandelion/\(photo).jpg"],
                "dandelion/\(photo).jpg looks like roses (0.90) rather than dandelion (0.05).", "roses")
        }
        return DoctorReport(
            data: "photos", classes: [:], training: 48, validation: 12, excluded: 0,
            skipped: [],
            findings: [
                finding(.unreadable, ["daisy/bad.jpg"], "daisy/bad.jpg is empty (0 bytes)."),
                finding(
                    .leak, ["daisy/0.jpg", "daisy/50.jpg"],
                    "daisy/0.jpg (training) and daisy/50.jpg (validation) are the same picture."),
            ] + suspects + [
                finding(.outlier, ["tulips/4.jpg"], "tulips/4.jpg is unlike the other photos of tulips.")
            ],
            warnings: [], examined: 60)
    }

    /// Puts the doctor's report into the state.
    package static func examine(_ state: inout DashboardState) {
        if !state.data.doctor.isRunning { _ = state.perform(.data(.check)) }
        let photos = Dictionary(
            context().dataset.photos.enumerated().map { ($1.file, $0) },
            uniquingKeysWith: { first, _ in first })
        _ = state.reduce(.data(.doctorFound(report, photos: photos)))
    }

    /// Presses the keys in turn; `\r` stands for Enter.
    package static func press(_ keys: String, _ state: inout DashboardState) {
        for key in keys { state.reduceAtOnce(.key(key == "\r" ? .enter : .character(key))) }
    }

    package static func state(
        columns: Int = 120, rows: Int = 40, language: Language = .english, events: [SessionEvent] = events
    ) -> DashboardState {
        var state = DashboardState(
            size: Size(columns: columns, rows: rows), themes: ["dark", "light"], theme: "dark",
            language: language)
        for event in events { state.reduceAtOnce(.session(event, clock: "12:01")) }
        _ = state.reduce(.tick(72))
        return state
    }

    package static var neighbors: [Inspector.Neighbor] { neighbors(0) }

    package static func neighbors(_ first: Int) -> [Inspector.Neighbor] {
        (0..<4).map { .init(photo: first + $0, distance: 0.125 * Float($0)) }
    }

    /// Answers for the open photo: an explanation and its nearest neighbours.
    package static func answer(_ state: inout DashboardState) {
        guard let photo = state.predictions.opened.photo else { return }
        state.reduceAtOnce(.inspectorAnswered(.explained(.photo(photo), explanation, epoch: 6)))
        state.reduceAtOnce(.inspectorAnswered(.neighbors(.photo(photo), neighbors, epoch: 6)))
    }

    package static func view(_ depth: ColorDepth = .trueColor) throws -> DashboardView {
        DashboardView(
            theme: try ThemeLibrary(folders: []).themes[0], depth: depth, thumbnails: ThumbnailCache())
    }
}

extension DashboardState {
    /// Reduces as the dashboard's loop does, but carries out the work of background threads at
    /// once.
    package mutating func reduceAtOnce(_ action: DashboardAction) {
        for effect in reduce(action) {
            switch effect {
            case .inspect(let set, let classes):
                _ = reduce(.inspected(PredictionInspection(set, classes: classes)))
            case .askData(.augment(let request)):
                _ = reduce(.data(.augmented(AugmentedViews(request, context!.dataset))))
            case .askData(.count): _ = reduce(.data(.counted(Sample.statistics)))
            default: break
            }
        }
    }
}
