/// The action of a key, carried out by the reducer.
package enum KeyAction: Equatable, Sendable {
    case togglePause, step, stepEpoch, unfreeze, freeze, halveRate, doubleRate, editRate, findRate,
        editVariation
    case editGuards, addEpochs, finishStage, restoreBest, stopKeepingBest, undo
    case save, saveScreen, nextTheme, refresh, compare, filter, help, palette, quit, detach, interrupt,
        redraw, open
    case screen(Screen)
    case nextScreen, previousScreen
    case move(columns: Int, rows: Int)
    case page(Int)
    case first, last
    case chart(ChartAction)
    case prediction(PredictionAction)
    case data(DataAction)
    case show(PredictionView)
    case showData(DataView)
    case showMaps, showHistograms
    /// Steps after a run.
    case branch, newRun, exportWeights, writeReport
    case runs(RunsAction)
}

/// A command of the runs screen, for the chosen run.
package enum RunsAction: Equatable, Sendable {
    case nextOrder, reverseOrder, resume, overlay, delete, editNote
}

/// A chart command from a key or the mouse. Positions are in epochs.
package enum ChartAction: Equatable, Sendable {
    /// Multiplies the visible width by this factor.
    case zoom(Double)
    /// Multiplies the visible width by `factor`, keeping `position` in place on the screen.
    case zoomAt(factor: Double, position: Double)
    /// Shows exactly this range, for example after a drag.
    case show(ClosedRange<Double>)
    case showAll
    /// Pans by this fraction of the visible width.
    case pan(Double)
    /// Moves the crosshair by a number of columns.
    case moveCursor(Int)
    case setCursor(Double)
    case toggleLogarithm, toggleRobust, toggleFull, nextSmoothing, nextAxis, nextLayout, toggleOpen
    case open(ChartKind)
    case nextKind(Int)
}

/// A command of the predictions screen.
package enum PredictionAction: Equatable, Sendable {
    case nextView, nextOrder, nextKept, nextReference, toggleMark, editNote, classify
    case earlierEpoch, laterEpoch, newestEpoch
}

/// A command of the data screen.
package enum DataAction: Equatable, Sendable {
    case nextView, larger, smaller
    case switchOperation, apply, reset
    case check, mark, markKind, write
}
