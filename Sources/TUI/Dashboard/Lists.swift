import Canvas
import Keys
import Network
import Photos
package import Runs
import Training

/// The screens' filtered lists, and navigation in them.
extension DashboardState {
    /// A screen's filter in lower case; empty if the list is not filtered.
    func filter(_ screen: Screen) -> String { (filters[screen]?.text ?? "").lowercased() }

    /// Indices of the layers that pass the filter.
    package var shownLayers: [Int] {
        guard let layers = context?.layers else { return [] }
        let filter = filter(.model)
        if filter.isEmpty { return Array(layers.indices) }
        return layers.indices.filter {
            layers[$0].name.lowercased().contains(filter) || layers[$0].kind.lowercased().contains(filter)
                || "\(layers[$0].index)" == filter
        }
    }

    /// Indices of the log lines that pass the filter.
    package var shownLog: [Int] {
        log.shown(filter(.log))
    }

    /// The runs that match `query` and have completed an epoch, without the current one.
    package func comparableRuns(_ query: String) -> [RunRecord] {
        (charts.runs ?? []).filter { run in
            run.run != context?.run && run.epochsDone > 0
                && (query.isEmpty
                    || "\(run.run) \(run.status.rawValue) \(run.data)".lowercased().contains(
                        query.lowercased()))
        }
    }

    // MARK: Moving

    /// Columns of the predictions' grid.
    package static let gridColumns = 4
    package static let predictionsPerPage = 12

    mutating func move(columns: Int, rows: Int) {
        switch screen {
        case .train: perform(rows == 0 ? .moveCursor(columns) : .nextKind(rows))
        case .data: moveInData(columns: columns, rows: rows)
        case .model: moveLayer(by: rows + columns)
        case .predictions: movePrediction(columns: columns, rows: rows)
        case .log: moveLog(by: rows + columns)
        case .runs: moveRun(by: rows + columns)
        }
    }

    mutating func move(pages: Int) {
        let page = pages * max(1, size.rows - 8)
        switch screen {
        case .train: perform(.moveCursor(pages * 10))
        case .data: moveInData(pages: pages)
        case .model: moveLayer(by: page)
        case .predictions: movePredictions(pages: pages)
        case .log: moveLog(by: page)
        case .runs: moveRun(by: page)
        }
    }

    mutating func jump(to index: Int) {
        switch screen {
        case .train: perform(.moveCursor(index == 0 ? -100_000 : 100_000))
        case .data: jumpInData(to: index)
        case .model:
            let shown = shownLayers
            if !shown.isEmpty { model.cursor = shown[clamp(index, shown.count)] }
            scrollToLayer()
        case .predictions: jumpInPredictions(to: index)
        case .log: log.cursor = index == 0 ? 0 : nil
        case .runs: moveRun(by: index == 0 ? -runs.shown.count : runs.shown.count)
        }
    }

    private mutating func moveLayer(by steps: Int) {
        model.move(by: steps, in: shownLayers)
        scrollToLayer()
    }

    /// Visible rows of the model screen's list.
    var layerRows: Int { max(1, size.rows - 8) }

    /// Scrolls the list just far enough to show the cursor.
    mutating func scrollToLayer() { model.scroll(in: shownLayers, rows: layerRows) }

    private mutating func moveLog(by steps: Int) {
        let count = shownLog.count
        let next = clamp((log.cursor ?? count - 1) + steps, count)
        log.cursor = next >= count - 1 ? nil : next
    }

    func clamp(_ index: Int, _ count: Int) -> Int { max(0, min(index, count - 1)) }

    /// Brings the lists up to date and moves cursors that point outside them back inside.
    mutating func clampCursors() {
        arrangePredictions()
        arrangeSamples()
        arrangeFindings()
        arrangeRuns()
        let classes = context?.dataset.classes.count ?? 1
        let cell = predictions.settings
        (predictions.settings.label, predictions.settings.predicted) = (
            clamp(cell.label, classes), clamp(cell.predicted, classes)
        )
        let layers = shownLayers
        if !layers.isEmpty, !layers.contains(model.cursor) {
            model.cursor = layers.first { $0 >= model.cursor } ?? layers[layers.count - 1]
        }
        scrollToLayer()
        if let cursor = log.cursor, cursor >= shownLog.count - 1 { log.cursor = nil }
        if case .prediction(let index) = dialog {
            dialog = predictions.shown.isEmpty ? nil : .prediction(clamp(index, predictions.shown.count))
        }
    }
}

extension DashboardState {
    /// Traps if the state breaks an invariant that holds after every action; for property tests.
    func checkInvariants() {
        precondition(
            context.map {
                predictions.settings.label == clamp(predictions.settings.label, $0.dataset.classes.count)
            }
                ?? true)
        precondition((0...100).contains(predictions.settings.threshold))
        precondition(predictions.cursor == clamp(predictions.cursor, predictions.shown.count))
        precondition(model.cursor == clamp(model.cursor, context?.layers.count ?? model.cursor + 1))
        precondition(data.cursor == clamp(data.cursor, data.shown.count))
        precondition(data.shown.allSatisfy { context!.dataset.photos.indices.contains($0) })
        precondition((1...DataState.mostColumns).contains(data.columns) && data.classTop >= 0)
        precondition(
            AugmentationBench.Operation.allCases.allSatisfy {
                (0...Self.most(of: $0)).contains(amount(of: $0))
            })
        let doctor = data.doctor
        precondition(
            doctor.cursor == clamp(doctor.cursor, doctor.shown.count)
                && (0...doctor.cursor).contains(doctor.top))
        precondition(
            doctor.shown.isEmpty || doctorLayout.visible(from: doctor.top, self).contains(doctor.cursor))
        precondition(runs.cursor == clamp(runs.cursor, runs.shown.count) || runs.shown.isEmpty)
        precondition(log.cursor.map { (0..<max(1, shownLog.count)).contains($0) } ?? true)
        precondition(model.chosen >= 0 && log.entries.count <= LogState.limit)
        if case .form(let form) = dialog { precondition(form.fields.indices.contains(form.focus)) }
        if case .prediction(let index) = dialog, !predictions.shown.isEmpty {
            precondition(predictions.shown.indices.contains(index))
        }
    }
}
