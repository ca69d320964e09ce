import Basics
import Foundation
package import Keys
import Phrases
import Recipes
import Runs
import Sessions
import Training
import Wording

extension DashboardState {
    /// Applies an action and returns the effects to perform. All state changes happen here, without
    /// a clock, a terminal or threads.
    package mutating func reduce(_ action: DashboardAction) -> [Effect] {
        let before = preferences
        var effects = change(action)
        effects += dataRequests() + featureRequests() + runRequests()
        if preferences != before { effects.append(.remember(preferences)) }
        return effects
    }

    private mutating func change(_ action: DashboardAction) -> [Effect] {
        switch action {
        case .tick(let time):
            now = time
            if let toast, toast.until <= now { self.toast = nil }
            return []
        case .resize(let size):
            self.size = size
            pointer.drag = nil
            scrollToLayer()
            scrollToFinding()
            return [.redraw]
        case .themesChanged(let names, let problem):
            themes.take(names)
            say(problem.map { strings($0) } ?? strings[.themesReloaded])
            return []
        case .screenSaved(let path):
            // The name first: a long path may not fit.
            say(strings(.screenSaved, PathParts.name(path), PathParts.folder(path)))
            return []
        case .resources(let sample):
            charts.history.append(sample)
            return refreshRuns()
        case .session(.predictions(let set), _): return take(set)
        case .session(.epochEnded(let outcome), let clock):
            let effects = take(outcome.predictions, layers: outcome.layers)
            let wasOnPlateau = run.isOnPlateau
            apply(.epochEnded(outcome), clock)
            clampCursors()
            guard run.isOnPlateau, !wasOnPlateau, !departure.isReplay, let id = context?.run else {
                return effects
            }
            return effects + [.notify(strings(.noticePlateau, id))]
        case .session(let event, let clock):
            let news = notice(of: event).map { [Effect.notify($0)] } ?? []
            apply(event, clock)
            clampCursors()
            guard case .ready(let context) = event else { return news + listCheckpoints(after: event) }
            // A resumed run begins with the predictions of its last epoch.
            let set = context.predictions.epochs.last.flatMap { context.predictions.set($0.epoch) }
            return [.loadNotes(run: context.run)] + (set.map { take($0) } ?? [])
        case .inspected(let inspection):
            // A late answer may be about an epoch that is no longer shown.
            if inspection.epoch == predictions.onScreen?.epoch { predictions.inspection = inspection }
            return []
        case .inspectorAnswered(let answer):
            take(answer)
            return []
        case .notesLoaded(let notes, let run):
            if run == context?.run { predictions.take(notes) }
            arrangePredictions()
            return []
        case .photoLoaded(let path, let image, let problem):
            return takePhoto(path, image, problem: problem.map { strings($0) })
        case .photosFound(let folder, let files, let problem):
            return takePhotos(in: folder, files, problem: problem.map { strings($0) })
        case .pathCompleted(let typed, let completion):
            take(completion, of: typed)
            return []
        case .errandFailed(let problem):
            say(strings(problem))
            return []
        case .data(let answer):
            take(answer)
            return []
        case .told(let text):
            say(text)
            return []
        case .sessionRefused(let problem):
            departure.isChanging = false
            say(strings(problem))
            return []
        case .branched(let run, let problem):
            if let problem { say(strings(problem)) }
            return run.map { open(.resume(run: $0, moreEpochs: nil)) } ?? []
        case .wrote(let path):
            say(strings(.wroteFile, path))
            return []
        case .fileIsThere(let path, let again):
            // An input that has begun elsewhere by now is not interrupted.
            if dialog == nil {
                dialog = .confirm(.replaceFile(path, by: again))
            } else {
                say(strings(.fileNotReplaced, path))
            }
            return []
        case .checkpointsListed(let found, let run):
            take(found, of: run)
            return []
        case .curvesLoaded(let curves):
            runs.take(curves)
            return []
        case .runsListed(let runs, let problem):
            charts.runs = runs
            self.runs.forgetArrangement()
            arrangeRuns()
            if let problem { say(strings(problem)) }
            return []
        case .ghostLoaded(let ghost, let problem):
            if let ghost {
                charts.ghosts.removeAll { $0.name == ghost.name }
                charts.ghosts = charts.ghosts.suffix(ChartState.mostGhosts - 1) + [ghost]
            }
            predictions.arrangement = nil
            arrangePredictions()
            if let problem {
                say(strings(problem))
            } else if let ghost {
                say(strings(.ghostShown, ghost.name))
            }
            return []
        case .paste(let text): return paste(text)
        case .mouse(let event, let target): return apply(event, on: target)
        case .key(let key):
            if key == .interrupt { return interrupt() }
            if dialog != nil { return pressInDialog(key) }
            return filters.isTyping ? pressInFilter(key) : press(key)
        }
    }

    /// Name of a picture of the screen: the run, and what is shown of it.
    private var pictureName: String {
        let shown: String? =
            switch screen {
            case .train: charts.isOpen ? charts.chosen.rawValue : nil
            case .data: "\(data.view)"
            case .predictions: "\(predictions.settings.view)"
            case .model, .log, .runs: nil
            }
        return ["run", context?.run, "\(screen)", shown].compactMap { $0 }.joined(separator: "-")
    }

    mutating func say(_ text: String) { toast = (text, now + 4) }

    // MARK: Keys

    private mutating func press(_ key: Key) -> [Effect] {
        guard let binding = keys.binding(for: key, on: screen) else {
            if key == .escape { return leave() }
            say(strings(.keyDoesNothing, key.label, keys.label(.help)))
            return []
        }
        return perform(binding, as: key.label)
    }

    /// Performs a binding's action, or says why it is unavailable.
    mutating func perform(_ binding: KeyBinding, as label: String) -> [Effect] {
        if !binding.works(on: screen) {
            let names = Screen.allCases.filter(binding.works).map {
                "\($0.rawValue + 1) \(strings[$0.title])"
            }
            say(strings(.worksOnScreens, label, names.joined(separator: ", ")))
            return []
        }
        if let reason = binding.disabled(self) {
            say(reason)
            return []
        }
        return perform(binding.action)
    }

    /// Handles esc outside dialogs: goes back one step towards the default view of the screen.
    private mutating func leave() -> [Effect] {
        switch screen {
        case .train: charts.leave()
        case .predictions: return leavePredictions()
        // The filter of the samples does not apply to the statistics.
        case .data where data.view == .statistics: show(.samples)
        case .data, .model, .log, .runs:
            if shownFilter != nil {
                shownFilter = nil
                clampCursors()
            } else if screen == .data {
                show(.samples)
            } else if screen == .log {
                log.cursor = nil
            }
        }
        return []
    }

    package mutating func perform(_ action: KeyAction) -> [Effect] {
        switch action {
        case .togglePause:
            if run.status.isLast, let id = context?.run { return open(.resume(run: id, moreEpochs: nil)) }
            run.isPaused.toggle()
            return [.send(run.isPaused ? .pause : .resume)]
        case .step: return [.send(.step)]
        case .stepEpoch:
            run.isPaused = false
            say(strings[.steppingEpoch])
            return [.send(.stepEpoch)]
        case .unfreeze: dialog = .unfreeze(layer: model.chosen)
        case .freeze: dialog = .confirm(.freeze)
        case .halveRate: return [.send(.multiplyLearningRate(0.5))]
        case .doubleRate: return [.send(.multiplyLearningRate(2))]
        case .editRate: dialog = .form(rateForm)
        case .findRate: return findRate()
        case .editVariation: dialog = .form(variationForm)
        case .editGuards: dialog = .form(guardsForm)
        case .addEpochs: dialog = .form(run.status == .finished ? moreEpochsForm : epochsForm)
        case .branch: openForm(branchForm)
        case .newRun: openForm { _, recipe in .newRun(recipe) }
        case .exportWeights: openForm(exportForm)
        case .writeReport: openForm(reportForm)
        case .runs(let action): return perform(action)
        case .finishStage: dialog = .confirm(.finishStage)
        case .restoreBest: return openCheckpoints(.restore)
        case .stopKeepingBest: return openCheckpoints(.end)
        case .undo: return undo()
        case .save:
            say(strings[.savingAfterBatch])
            return [.send(.save)]
        case .saveScreen: return [.saveScreen(named: pictureName)]
        case .nextTheme:
            themes.chooseNext()
            say(strings(.themeIs, themes.chosen))
            return [.setTheme(themes.chosen)]
        case .refresh:
            if screen == .data {
                data.variant += 1
            } else {
                forgetPlane()
                say(strings[.predictingNow])
                return [.send(.refreshPredictions)]
            }
        case .compare:
            dialog = .runs()
            return [.listRuns]
        case .filter: filters.isTyping = true
        case .help: dialog = .help()
        case .palette: dialog = .palette()
        case .quit:
            if departure.isReplay { return [.leave] }
            dialog = .confirm(.quit)
        case .detach: return departure.detach()
        case .interrupt: return interrupt()
        case .redraw: return [.redraw]
        case .open: return open()
        case .screen(let screen): return turn(to: screen)
        case .nextScreen: return turn(to: Screen(rawValue: (screen.rawValue + 1) % Screen.allCases.count)!)
        case .previousScreen:
            return turn(
                to: Screen(rawValue: (screen.rawValue + Screen.allCases.count - 1) % Screen.allCases.count)!)
        case .move(let columns, let rows): move(columns: columns, rows: rows)
        case .page(let pages): move(pages: pages)
        case .first: jump(to: 0)
        case .last: jump(to: Int.max)
        case .chart(let action):
            if case .open = action { show(.train) }
            perform(action)
        case .prediction(let action): return perform(action)
        case .data(let action): return perform(action)
        case .show(let view):
            show(.predictions)
            show(view)
        case .showData(let view):
            show(.data)
            show(view)
        case .showHistograms: showHistograms()
        case .showMaps:
            dialog = .featureMaps(layer: clamp(model.cursor, context?.layers.count ?? 1))
            return askForMaps()
        }
        return []
    }

    private mutating func interrupt() -> [Effect] { departure.quit(sending: .interrupt) }

    mutating func show(_ screen: Screen) { (self.screen, filters.isTyping) = (screen, false) }

    private mutating func turn(to screen: Screen) -> [Effect] {
        show(screen)
        return screen == .runs ? [.listRuns] : []
    }

    /// Asks for another session, unless the present one cannot be left yet.
    mutating func open(_ request: SessionRequest) -> [Effect] {
        if departure.abilities.trainsHere, run.status == .preparing {
            say(strings[.stillPreparing])
            return []
        }
        if departure.isChanging { return [] }
        departure.isChanging = departure.abilities.trainsHere && !run.status.isLast
        return [.openSession(request)]
    }

    private mutating func findRate() -> [Effect] {
        dialog = .sweep(chosen: nil)
        run.sweep = nil
        return [.send(.sweepLearningRate)]
    }

    private mutating func undo() -> [Effect] {
        if screen == .runs { return undoDeletion() }
        guard let last = run.takeBack() else { return [] }
        switch last {
        case .rate(let rate):
            say(strings(.backToRate, rate.rateText))
            return [.send(.setLearningRate(rate))]
        case .layer(let layer):
            say(layer.map { strings(.backToLayer, $0) } ?? strings[.backToFrozen])
            return [.send(layer.map { .unfreeze(fromLayer: $0) } ?? .freeze)]
        }
    }

    /// Opens the chosen item; enter and a second press of the mouse do this.
    mutating func open() -> [Effect] {
        switch screen {
        case .model:
            model.chosen = min(model.cursor, (context?.layers.count ?? 1) - 1)
            say(strings(.layerChosen, keys.label(.unfreeze), model.chosen))
        case .predictions:
            if predictions.settings.view == .confusion {
                openConfusionCell()
            } else if predictions.settings.view == .calibration {
                show(PredictionView.photos)
            } else if predictions.shown.isEmpty {
                say(
                    strings(
                        predictions.onScreen?.predictions.isEmpty ?? true
                            ? .noPredictionsYet : .nothingMatches,
                        keys.label(.refresh)))
            } else {
                return choosePrediction(predictions.cursor)
            }
        case .data:
            switch data.view {
            case .samples: return openSample(data.cursor)
            case .statistics: show(.samples)
            case .augmentation: openTensor(0)
            case .doctor:
                if data.doctor.report != nil {
                    openFinding(data.doctor.cursor)
                } else if !data.doctor.isRunning {
                    return check()
                }
            }
        case .train: perform(.toggleOpen)
        case .runs: return openChosenRun()
        case .log:
            let shown = shownLog
            guard !shown.isEmpty else { return [] }
            let line = shown[clamp(log.cursor ?? shown.count - 1, shown.count)]
            guard let position = log.entries[line].position else {
                say(strings[.beforeFirstBatch])
                return []
            }
            show(.train)
            perform(.setCursor(position))
        }
        return []
    }

    // MARK: Typing a filter

    private mutating func pressInFilter(_ key: Key) -> [Effect] {
        var field = shownFilter ?? TextField()
        switch key {
        case .escape: (field, filters.isTyping) = (TextField(), false)
        case .enter: filters.isTyping = false
        case .up, .down, .pageUp, .pageDown:
            // The list can be scrolled while the filter is being typed.
            return keys.binding(for: key, on: screen).map { perform($0.action) } ?? []
        default: _ = field.press(key)
        }
        shownFilter = field.isEmpty ? nil : field
        clampCursors()
        return []
    }

    private mutating func paste(_ text: String) -> [Effect] {
        switch dialog {
        case .help(_, var query):
            query.insert(text)
            dialog = .help(query: query)
        case .palette(var query, _):
            query.insert(text)
            dialog = .palette(query: query)
        case .runs(var query, _):
            query.insert(text)
            dialog = .runs(query: query)
        case .form(var form):
            form.paste(text)
            dialog = .form(form)
        case nil where filters.isTyping:
            var field = shownFilter ?? TextField()
            field.insert(text)
            shownFilter = field.isEmpty ? nil : field
            clampCursors()
        default: say(strings[.nowhereToPaste])
        }
        return []
    }
}
