import Keys
import Network
import Photos
import Runs
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
        let filter = filter(.log)
        return log.indices.filter {
            filter.isEmpty || "\(log[$0].clock) \(log[$0].text)".lowercased().contains(filter)
        }
    }

    /// The runs that match `query` and have completed an epoch, without the current one.
    package func comparableRuns(_ query: String) -> [RunRecord] {
        (runs ?? []).filter { run in
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
        }
    }

    mutating func jump(to index: Int) {
        switch screen {
        case .train: perform(.moveCursor(index == 0 ? -100_000 : 100_000))
        case .data: jumpInData(to: index)
        case .model:
            let shown = shownLayers
            if !shown.isEmpty { layerCursor = shown[clamp(index, shown.count)] }
            scrollToLayer()
        case .predictions: jumpInPredictions(to: index)
        case .log: logCursor = index == 0 ? 0 : nil
        }
    }

    private mutating func moveLayer(by steps: Int) {
        let shown = shownLayers
        guard !shown.isEmpty else { return }
        // The filter may hide the cursor's layer; then start from the next layer that it shows.
        let place = shown.firstIndex { $0 >= layerCursor } ?? shown.count - 1
        layerCursor = shown[clamp(place + steps, shown.count)]
        scrollToLayer()
    }

    /// Visible rows of the model screen's list.
    var layerRows: Int { max(1, size.rows - 8) }

    /// Scrolls the list just far enough to show the cursor.
    mutating func scrollToLayer() {
        let shown = shownLayers
        guard let place = shown.firstIndex(of: layerCursor) else { return }
        layerTop = max(0, min(max(layerTop, place - layerRows + 1), place, max(0, shown.count - layerRows)))
    }

    private mutating func moveLog(by steps: Int) {
        let count = shownLog.count
        let next = clamp((logCursor ?? count - 1) + steps, count)
        logCursor = next >= count - 1 ? nil : next
    }

    func clamp(_ index: Int, _ count: Int) -> Int { max(0, min(index, count - 1)) }

    /// Brings the lists up to date and moves cursors that point outside them back inside.
    mutating func clampCursors() {
        arrangePredictions()
        arrangeSamples()
        arrangeFindings()
        let classes = context?.dataset.classes.count ?? 1
        (predicting.label, predicting.predicted) = (
            clamp(predicting.label, classes), clamp(predicting.predicted, classes)
        )
        let layers = shownLayers
        if !layers.isEmpty, !layers.contains(layerCursor) {
            layerCursor = layers.first { $0 >= layerCursor } ?? layers[layers.count - 1]
        }
        scrollToLayer()
        if let cursor = logCursor, cursor >= shownLog.count - 1 { logCursor = nil }
        if case .prediction(let index) = dialog {
            dialog = shownPredictions.isEmpty ? nil : .prediction(clamp(index, shownPredictions.count))
        }
    }
}

extension DashboardState {
    /// Traps if the state breaks an invariant that holds after every action; for property tests.
    func checkInvariants() {
        precondition(
            predicting.label
                == clamp(predicting.label, context?.dataset.classes.count ?? predicting.label + 1))
        precondition((0...100).contains(predicting.threshold))
        precondition(predictionCursor == clamp(predictionCursor, shownPredictions.count))
        precondition(layerCursor == clamp(layerCursor, context?.layers.count ?? layerCursor + 1))
        precondition(sampleCursor == clamp(sampleCursor, data.shown.count))
        precondition(data.shown.allSatisfy { context!.dataset.photos.indices.contains($0) })
        precondition((1...DataState.mostColumns).contains(data.columns) && data.classTop >= 0)
        precondition(
            (0...Self.mostAugmentation).contains(benchStrength.rotation)
                && (0...Self.mostAugmentation).contains(benchStrength.zoom))
        let doctor = data.doctor
        precondition(
            doctor.cursor == clamp(doctor.cursor, doctor.shown.count)
                && (0...doctor.cursor).contains(doctor.top))
        precondition(
            doctor.shown.isEmpty || doctorLayout.visible(from: doctor.top, self).contains(doctor.cursor))
        precondition(logCursor.map { (0..<max(1, shownLog.count)).contains($0) } ?? true)
        precondition(chosenLayer >= 0 && log.count <= Self.logLimit)
        if case .form(let form) = dialog { precondition(form.fields.indices.contains(form.focus)) }
        if case .prediction(let index) = dialog, !shownPredictions.isEmpty {
            precondition(shownPredictions.indices.contains(index))
        }
    }
}
