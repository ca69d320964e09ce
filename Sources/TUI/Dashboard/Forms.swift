import Basics
import Foundation
import Keys
import Photos
import Phrases
import Recipes
import Training

/// Builds forms from the trainer's settings, and commands from submitted forms.
extension DashboardState {
    private var currentSettings: RecipeState {
        run.settings ?? RecipeState(context?.recipe ?? Recipe())
    }

    var rateForm: Form {
        var (kind, epochs, batches) = (0, 2, batch?.steps ?? 50)
        switch currentSettings.schedule {
        case .constant: break
        case .cosine: kind = 1
        case .step(let number, _): (kind, epochs) = (2, number)
        case .warmUp(let number): (kind, batches) = (3, number)
        case .warmUpCosine(let number): (kind, batches) = (4, number)
        }
        return Form(
            .rate,
            [
                .init(label: .fieldNewRate, value: .text(TextField(history: run.typedRates, limit: 16))),
                .init(
                    label: .fieldSchedule,
                    value: .choice(
                        [
                            .scheduleConstant, .scheduleCosine, .scheduleStep, .scheduleWarmUp,
                            .scheduleWarmUpCosine,
                        ], chosen: kind)),
                .init(label: .fieldStepEpochs, value: .text(TextField("\(epochs)", limit: 6))),
                .init(label: .fieldWarmUpBatches, value: .text(TextField("\(batches)", limit: 6))),
            ])
    }

    var variationForm: Form {
        let settings = currentSettings
        let strength = settings.augmentation
        func amount(_ label: Phrase, _ value: Double, _ range: ClosedRange<Double>) -> Form.Field {
            .init(label: label, value: .amount(value, step: 0.05, range: range))
        }
        return Form(
            .variation,
            [
                amount(.fieldDropout, settings.dropout, 0...0.9),
                .init(label: .fieldFlips, value: .flag(strength.flips)),
                amount(.fieldRotation, strength.rotation, 0...0.5),
                amount(.fieldZoom, strength.zoom, 0...0.5),
                // As a strength, like the others: the share of the photo that a crop may leave out.
                amount(.fieldCrop, 1 - (strength.crop ?? 1), 0...0.95),
                amount(.fieldColor, strength.color ?? 0, 0...1),
                amount(.fieldMixup, strength.mixup ?? 0, 0...1),
                amount(.fieldCutmix, strength.cutmix ?? 0, 0...1),
                .init(
                    label: .fieldRandOperations,
                    value: .amount(
                        Double(strength.randAugment?.operations ?? 0), step: 1,
                        range: 0...Double(RandAugment.Strength.counts.upperBound))),
                .init(
                    label: .fieldRandMagnitude,
                    value: .amount(
                        Double(strength.randAugment?.magnitude ?? 9), step: 1,
                        range: 0...Double(RandAugment.Strength.magnitudes.upperBound))),
            ])
    }

    var guardsForm: Form {
        let guards = currentSettings.guards
        return Form(
            .guards,
            [
                .init(label: .fieldDivergence, value: .flag(guards.divergence)),
                .init(
                    label: .fieldEarlyStop,
                    value: .amount(Double(guards.earlyStop ?? 0), step: 1, range: 0...100)),
                .init(
                    label: .fieldPlateau,
                    value: .amount(Double(guards.reduceOnPlateau ?? 0), step: 1, range: 0...100)),
            ])
    }

    var epochsForm: Form {
        Form(.epochs, [.init(label: .fieldEpochs, value: .amount(1, step: 1, range: -100...1000))])
    }

    mutating func press(_ key: Key, in form: Form) -> [Effect] {
        var form = form
        switch key {
        case .escape:
            dialog = nil
            return []
        case .enter: return submit(form)
        case .tab where form.kind == .classify:
            if case .text(let field) = form.fields[0].value { return [.completePath(field.text)] }
        default: _ = form.press(key)
        }
        dialog = .form(form)
        return []
    }

    /// Returns the commands for a submitted form. An invalid form stays open and shows why.
    mutating func submit(_ form: Form) -> [Effect] {
        let commands: [TrainerCommand]
        switch form.kind {
        case .note(let file): return setNote(form.text(0), of: file)
        case .classify:
            if form.text(0).isEmpty {
                dialog = nil
                return []
            }
            return classify(form.text(0))
        case .rate:
            switch rateCommands(form) {
            case .success(let made):
                if case .setLearningRate(let rate)? = made.first { return send(rate: rate, made) }
                commands = made
            case .failure(let problem):
                var form = form
                form.problem = problem.text(strings)
                dialog = .form(form)
                return []
            }
        case .variation:
            var strength = currentSettings.augmentation
            (strength.flips, strength.rotation, strength.zoom) = (
                form.flag(1), form.amount(2), form.amount(3)
            )
            func given(_ index: Int) -> Double? { form.amount(index) > 0 ? form.amount(index) : nil }
            strength.crop = given(4).map { ((1 - $0) * 100).rounded() / 100 }
            (strength.color, strength.mixup, strength.cutmix) = (given(5), given(6), given(7))
            strength.randAugment = given(8).map {
                RandAugment.Strength(operations: Int($0), magnitude: Int(form.amount(9)))
            }
            commands =
                (form.amount(0) == currentSettings.dropout ? [] : [.setDropout(form.amount(0))])
                + (strength == currentSettings.augmentation ? [] : [.setAugmentation(strength)])
        case .guards:
            func patience(_ index: Int) -> Int? { form.amount(index) > 0 ? Int(form.amount(index)) : nil }
            let guards = Guards(
                divergence: form.flag(0), earlyStop: patience(1), reduceOnPlateau: patience(2))
            commands = guards == currentSettings.guards ? [] : [.setGuards(guards)]
        case .exclusions: return submitExclusions(form)
        case .moreEpochs, .branch, .newRun, .exportWeights, .writeReport, .runNote:
            return submitNextStep(form)
        case .epochs: commands = form.amount(0) == 0 ? [] : [.addEpochs(Int(form.amount(0)))]
        }
        dialog = nil
        if commands.isEmpty { say(strings[.nothingChanged]) }
        return commands.map(Effect.send)
    }

    private mutating func rateCommands(_ form: Form) -> Result<[TrainerCommand], FormProblem> {
        var commands: [TrainerCommand] = []
        let text = form.text(0)
        if !text.isEmpty {
            guard let rate = Double(text), rate > 0, rate.isFinite, rate <= 10 else {
                return .failure(FormProblem(phrase: .rateIsNoNumber))
            }
            run.typedRates = run.typedRates.filter { $0 != text } + [text]
            commands.append(.setLearningRate(rate))
        }
        let kind = form.chosen(1)
        let schedule: LearningRateSchedule
        if kind < 2 {
            schedule = kind == 0 ? .constant : .cosine
        } else {
            guard let number = Int(form.text(min(kind, 3))), (1...1_000_000).contains(number) else {
                return .failure(
                    FormProblem(phrase: kind == 2 ? .stepNeedsEpochs : .warmUpNeedsBatches))
            }
            schedule =
                switch kind {
                case 2: .step(epochs: number, factor: 0.1)
                case 3: .warmUp(batches: number)
                default: .warmUpCosine(batches: number)
                }
        }
        if schedule != currentSettings.schedule { commands.append(.setSchedule(schedule)) }
        return .success(commands)
    }
}
