import Keys
import Photos
import Phrases
import Training

/// Mouse handling. Everything that the mouse can do has a key as well.
extension DashboardState {
    /// Columns that the pointer must move before a press on a chart becomes a drag.
    private static let dragColumns = 2

    mutating func apply(_ event: MouseEvent, on target: MouseTarget?) -> [Effect] {
        switch event.kind {
        case .press: return press(target, event)
        case .drag:
            if let drag = pointer.drag { perform(.setCursor(drag.chart.position(column: event.column))) }
        case .release:
            guard let drag = pointer.drag else { break }
            pointer.drag = nil
            let end = drag.chart.position(column: event.column)
            let isWide = abs(drag.chart.column(of: drag.from) - event.column) >= Self.dragColumns
            if isWide {
                charts.cursor = nil
                perform(.show(min(drag.from, end)...max(drag.from, end)))
            }
        case .wheelUp: return scroll(-1, on: target, event)
        case .wheelDown: return scroll(1, on: target, event)
        }
        return []
    }

    private mutating func press(_ target: MouseTarget?, _ event: MouseEvent) -> [Effect] {
        let isDouble = pointer.press(column: event.column, row: event.row, now: now)
        switch target {
        case nil, .dialog: return []
        case .outside:
            guard dialog != nil else { return [] }
            return pressInDialog(.escape)
        case .action(let action):
            guard let binding = keys.bindings.first(where: { $0.action == action }) else { return [] }
            return perform(binding, as: binding.keys.first?.label ?? binding.describe(strings))
        case .press(let key): return dialog != nil ? pressInDialog(key) : change(pressing: key)
        case .screen(let screen): return perform(.screen(screen))
        case .chart(let chart):
            if isDouble {
                pointer.drag = nil
                perform(charts.isOpen ? .toggleOpen : .open(chart.kind))
            } else {
                let position = chart.position(column: event.column)
                perform(.setCursor(position))
                pointer.drag = (chart, position)
            }
        case .row(let index): return pressRow(index, isDouble: isDouble)
        case .photo(let index): return pressPhoto(index)
        case .view(let view): show(view)
        case .dataView(let view): show(view)
        case .photoClass(let label):
            guard let classes = context?.dataset.classes, classes.indices.contains(label) else { return [] }
            show(.samples)
            filters[.data] = TextField(classes[label])
            clampCursors()
        case .operation(let operation):
            if data.bench.operation == operation {
                switchOperation(operation)
            } else {
                data.bench.operation = operation
            }
        case .benchView(let view): openTensor(view)
        case .finding(let index):
            if data.doctor.cursor == index || isDouble { openFinding(index) } else { chooseFinding(index) }
        case .copy(let copy):
            if dialog == .finding(copy: copy) { return pressInDialog(.character("x")) }
            dialog = .finding(copy: copy)
        case .threshold(let plot): setThreshold(column: event.column, in: plot)
        case .confusion(let label, let predicted):
            if (label, predicted) == (predictions.settings.label, predictions.settings.predicted) {
                openConfusionCell()
            } else {
                (predictions.settings.label, predictions.settings.predicted) = (label, predicted)
            }
        case .field(let index):
            guard case .form(var form) = dialog, form.fields.indices.contains(index) else { return [] }
            if form.focus == index { form.change(index, by: 1) } else { form.focus = index }
            dialog = .form(form)
        }
        return []
    }

    private mutating func change(pressing key: Key) -> [Effect] {
        keys.binding(for: key, on: screen).map { perform($0, as: key.label) } ?? []
    }

    /// Chooses a row; a press on the chosen row opens it.
    private mutating func pressRow(_ index: Int, isDouble: Bool) -> [Effect] {
        switch dialog {
        case .help: return []
        case .palette(let query, let chosen):
            if chosen == index || isDouble { return pressInDialog(.enter) }
            dialog = .palette(query: query, chosen: index)
        case .runs(let query, let chosen):
            if chosen == index || isDouble { return pressInDialog(.enter) }
            dialog = .runs(query: query, chosen: index)
        case .checkpoints(let purpose, let chosen):
            if chosenCheckpoint(chosen) == index || isDouble { return pressInDialog(.enter) }
            dialog = .checkpoints(purpose, chosen: index)
        case .prediction: return showMap(of: predictions.opened.label == index ? nil : index)
        case .outsidePhoto:
            let shown = outside.photo?.label
            outside.photo?.label = shown == index ? nil : index
        case nil:
            switch screen {
            case .model:
                if model.cursor == index || isDouble {
                    return open()
                } else {
                    model.cursor = clamp(index, context?.layers.count ?? 0)
                }
            case .log:
                if log.cursor == index || isDouble || log.cursor == nil && index == shownLog.count - 1 {
                    return open()
                } else {
                    log.cursor = index >= shownLog.count - 1 ? nil : index
                }
            case .train: return perform(.screen(.log))
            case .runs:
                if runs.cursor == index || isDouble { return open() }
                runs.cursor = clamp(index, runs.shown.count)
            case .data, .predictions: break
            }
        default: break
        }
        return []
    }

    private mutating func pressPhoto(_ index: Int) -> [Effect] {
        switch screen {
        case .data:
            if data.cursor == index { return open() } else { data.cursor = clamp(index, data.shown.count) }
        case .predictions:
            if predictions.cursor == index {
                return open()
            } else {
                predictions.cursor = clamp(index, predictions.shown.count)
            }
        case .train, .model, .log, .runs: break
        }
        return []
    }

    private mutating func scroll(_ direction: Int, on target: MouseTarget?, _ event: MouseEvent) -> [Effect] {
        switch dialog {
        case .form(var form):
            if case .field(let index) = target { form.change(index, by: -direction) }
            dialog = .form(form)
            return []
        case .confirm: return []
        case .some: return pressInDialog(direction < 0 ? .up : .down)
        case nil: break
        }
        if screen == .train {
            guard case .chart(let chart) = target else { return [] }
            perform(
                .zoomAt(factor: direction < 0 ? 0.8 : 1.25, position: chart.position(column: event.column)))
            return []
        }
        if screen == .data, data.view == .augmentation {
            if case .operation(let operation) = target {
                changeOperation(operation, by: -direction)
            } else {
                move(columns: direction, rows: 0)
            }
            return []
        }
        move(columns: 0, rows: direction)
        return []
    }
}
