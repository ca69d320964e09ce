import Basics
import Exports
import Foundation
package import Keys
import Network
package import Phrases
import Recipes
import Runs
import Sessions
import Training

/// A step after a run, with its words for wide and for narrow screens.
package struct NextStep: Sendable, Equatable {
    package let action: KeyAction
    package let phrase: Phrase
    package let short: Phrase

    init(_ action: KeyAction, _ phrase: Phrase, _ short: Phrase) {
        (self.action, self.phrase, self.short) = (action, phrase, short)
    }
}

/// The steps after a run: training on, branching, a new run like it, its weights and a report.
extension DashboardState {
    /// The keys for what comes next once the run has ended, with their words; empty before.
    package var nextSteps: [NextStep] {
        guard run.status.isLast, departure.opensRuns, context != nil else { return [] }
        let goOn: [NextStep] =
            switch run.status {
            case .finished: [NextStep(.addEpochs, .nextMoreEpochs, .nextContinueShort)]
            case .stopped, .failed: [NextStep(.togglePause, .nextTrainOn, .nextContinueShort)]
            default: []
            }
        return goOn + [
            NextStep(.branch, .nextBranch, .nextBranchShort),
            NextStep(.newRun, .nextNewRun, .nextNewRunShort),
            NextStep(.exportWeights, .nextExport, .nextExportShort),
            NextStep(.writeReport, .nextReport, .nextReportShort),
            NextStep(.screen(.runs), .nextRuns, .screenRuns),
        ]
    }

    // MARK: Forms

    var moreEpochsForm: Form {
        Form(.moreEpochs, [.init(label: .fieldEpochs, value: .amount(5, step: 1, range: 1...1000))])
    }

    /// The run that a step is about: on the runs screen the chosen one, elsewhere the one shown.
    var subject: (run: String, recipe: Recipe)? {
        if screen == .runs { return chosenRun.map { ($0.run, $0.recipe) } }
        return context.map { ($0.run, $0.recipe) }
    }

    mutating func openForm(_ make: (_ run: String, _ recipe: Recipe) -> Form) {
        if let subject { dialog = .form(make(subject.run, subject.recipe)) }
    }

    func branchForm(_ run: String, _ recipe: Recipe) -> Form {
        let isShown = run == context?.run
        let record = charts.runs?.first { $0.run == run }
        let known = isShown ? self.run.settings : nil
        // A branch of a run with nothing left needs something to train.
        let isFinished = isShown ? self.run.status == .finished : record?.status == .finished
        let isHead = known.map { $0.stage == .head } ?? (recipe.fineTuneEpochs == 0)
        let more = isFinished ? 5 : 0
        return .branch(
            of: run, known.map(recipe.with) ?? recipe,
            more: (head: isHead ? more : 0, fineTune: isHead ? 0 : more))
    }

    func exportForm(_ run: String, _ recipe: Recipe) -> Form {
        Form(
            .exportWeights(run: run),
            [
                .init(
                    label: .fieldFrom,
                    value: .choice(
                        [.checkpointLast, .lowestLoss, .highestAccuracy],
                        chosen: recipe.bestMeasure == .loss ? 1 : 2)),
                .init(
                    label: .fieldFile, value: .text(TextField("run-\(run).safetensors", limit: 1024))),
            ])
    }

    func reportForm(_ run: String, _ recipe: Recipe) -> Form {
        Form(
            .writeReport(run: run),
            [.init(label: .fieldFile, value: .text(TextField("run-\(run).html", limit: 1024)))])
    }

    // MARK: Submitting

    /// Returns the effects of a submitted form of these. An invalid one stays open and shows why.
    mutating func submitNextStep(_ form: Form) -> [Effect] {
        do throws(FormProblem) {
            let effect = try nextStep(form)
            dialog = nil
            if case .openSession(let request) = effect { return open(request) }
            return [effect]
        } catch {
            var form = form
            form.problem = error.text(strings)
            dialog = .form(form)
            return []
        }
    }

    private func nextStep(_ form: Form) throws(FormProblem) -> Effect {
        switch form.kind {
        case .branch(let run, let recipe):
            return .branch(
                run: run, from: Self.checkpoint(form.chosen(0)), try form.branchChanges(of: recipe))
        case .newRun(let recipe): return .openSession(.new(try form.newRun(recipe)))
        case .exportWeights(let run):
            let path = try file(form, 1)
            guard path.hasSuffix(".safetensors") || NetworkFormat(fileName: path) != nil else {
                throw FormProblem(phrase: .needsNetworkFile)
            }
            return .exportWeights(run: run, Self.checkpoint(form.chosen(0)), path: path)
        case .writeReport(let run): return .writeReport(run: run, path: try file(form, 0))
        case .runNote(let run):
            return .annotate(
                run: run, note: form.text(0), tags: form.text(1).split(separator: " ").map(String.init))
        default:
            return .openSession(.resume(run: context?.run ?? "", moreEpochs: Int(form.amount(0))))
        }
    }

    private static func checkpoint(_ chosen: Int) -> CheckpointChoice {
        [.last, .best(.loss), .best(.accuracy)][chosen]
    }

    private func file(_ form: Form, _ index: Int) throws(FormProblem) -> String {
        guard !form.text(index).isEmpty else { throw FormProblem(phrase: .needsFile) }
        return UserPath.absolute(UserPath.expanded(form.text(index)))
    }
}

extension Recipe {
    /// The recipe with the settings in force.
    fileprivate func with(_ state: RecipeState) -> Recipe {
        var result = self
        (result.epochs, result.fineTuneEpochs) = (state.headEpochs, state.fineTuneEpochs)
        switch state.stage {
        case .head: result.learningRate = state.baseLearningRate
        case .fineTune:
            result.fineTuneLearningRate = state.baseLearningRate
            result.fineTuneAt = state.fineTuneAt ?? fineTuneAt
        }
        (result.schedule, result.dropout) = (state.schedule, state.dropout)
        result.augmentation = state.augmentation
        result.divergenceGuard = state.guards.divergence
        (result.earlyStop, result.reduceOnPlateau) = (state.guards.earlyStop, state.guards.reduceOnPlateau)
        return result
    }
}

/// An entry of a form that is no value.
struct FormProblem: Error {
    var phrase: Phrase
    /// The entry's label, which becomes the sentence's first value; nil for a sentence without one.
    var label: Phrase?
    var values: [String] = []

    func text(_ strings: Strings) -> String {
        strings(phrase, of: (label.map { [strings[$0]] } ?? []) + values)
    }
}
