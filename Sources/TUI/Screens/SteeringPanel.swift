import Basics
import Canvas
import Dashboard
import Foundation
import Keys
import Photos
import Phrases
import Plots
import Ranks
import Recipes
import Runs
import Themes
import Training

/// The panel of the settings that can be changed while the run trains, and of the steps after it.
extension DashboardView {
    /// Draws the keys for what comes next after the run.
    func drawNextSteps(
        _ state: DashboardState, in rect: Rect, columns: Int = 1, into buffer: inout CellBuffer
    ) {
        for (index, step) in state.nextSteps.enumerated() {
            let width = rect.columns / columns
            let row = rect.row + index / columns
            guard row < rect.row + rect.rows else { break }
            let place = Rect(column: rect.column + index % columns * width, row: row, columns: width, rows: 1)
            let used = buffer.write(
                state.keys.label(step.action) + " ", column: place.column, row: row,
                style: theme.style(.accent, .bold), maxColumns: place.columns)
            buffer.write(
                state.strings[columns > 1 ? step.short : step.phrase], column: place.column + used, row: row,
                style: theme.style(.text),
                maxColumns: max(0, place.columns - used - 1))
            targets.add(.action(step.action), place)
        }
    }

    func drawSteering(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let strings = state.strings
        let inside = panel(strings[.panelSteering], in: rect, into: &buffer)
        guard let stage = state.stage, let context = state.context else { return }
        let frozen = stage.fineTuneAt ?? context.layers.count
        let label = strings[.frozenLayers] + " "
        let count = " \(frozen)/\(context.layers.count)"
        let bar = Bar.text(
            Double(frozen) / Double(max(1, context.layers.count)),
            columns: max(3, inside.columns - displayWidth(label) - count.count), empty: "░")
        var lines: [(text: String, role: Theme.Role, action: KeyAction)] = [
            (
                strings(
                    .rateAndTrainable, state.run.learningRate.rateText, Self.short(stage.trainableParameters)),
                .text, .editRate
            ),
            (label + bar + count, .text, .screen(.model)),
            (strings(.unfreezesFrom, state.keys.label(.unfreeze), state.model.chosen), .dim, .unfreeze),
        ]
        if let settings = state.run.settings {
            let batch = context.recipe.batchSize
            lines.append((strings(.scheduleIs, state.words(settings.schedule)), .dim, .editRate))
            lines.append(
                (strings(.batchAndDropout, batch, settings.dropout.percentText), .dim, .editVariation))
            lines.append((state.words(settings.augmentation), .dim, .editVariation))
            lines.append((strings(.guardsAre, state.words(settings.guards)), .dim, .editGuards))
        }
        for (row, line) in lines.prefix(inside.rows).enumerated() {
            let place = Rect(column: inside.column, row: inside.row + row, columns: inside.columns, rows: 1)
            buffer.write(
                line.text, column: place.column, row: place.row, style: theme.style(line.role),
                maxColumns: place.columns)
            targets.add(.action(line.action), place)
        }
    }

    static func short(_ count: Int) -> String {
        count >= 1_000_000
            ? String(format: "%.2fM", Double(count) / 1e6)
            : count >= 10_000 ? String(format: "%.1fk", Double(count) / 1e3) : count.grouped
    }
}
