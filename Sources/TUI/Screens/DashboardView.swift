package import Canvas
package import Dashboard
import Keys
import Network
import Photos
import Phrases
import Pictures
import Recipes
package import Themes
import Training

/// Draws the dashboard's state into a buffer of exactly the state's size.
package struct DashboardView {
    package let theme: Theme
    let depth: ColorDepth
    package let thumbnails: ThumbnailCache
    /// Height of the terminal's cells divided by their width.
    package var cellAspect = RGBImage.usualCellAspect
    /// Mouse targets of the newest frame.
    package let targets = MouseTargets()

    package static let smallest = Size(columns: 40, rows: 12)

    package init(theme: Theme, depth: ColorDepth, thumbnails: ThumbnailCache) {
        (self.theme, self.depth, self.thumbnails) = (theme, depth, thumbnails)
    }

    package func render(_ state: DashboardState) -> CellBuffer {
        targets.removeAll()
        thumbnails.beginFrame()
        let buffer = draw(state)
        return theme.isASCII ? buffer.inASCII() : buffer
    }

    private func draw(_ state: DashboardState) -> CellBuffer {
        var buffer = CellBuffer(size: state.size, fill: Cell(" ", style: theme.style(.text)))
        let size = state.size
        guard size.columns >= Self.smallest.columns, size.rows >= Self.smallest.rows else {
            drawTooSmall(state.strings, into: &buffer)
            return buffer
        }
        drawHeader(state, into: &buffer)
        let body = Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 2)
        switch state.screen {
        case .train: drawTrain(state, in: body, into: &buffer)
        case .data: drawData(state, in: body, into: &buffer)
        case .model: drawModel(state, in: body, into: &buffer)
        case .predictions: drawPredictions(state, in: body, into: &buffer)
        case .log: drawLogScreen(state, in: body, into: &buffer)
        case .runs: drawRunsScreen(state, in: body, into: &buffer)
        }
        drawHints(state, row: size.rows - 1, into: &buffer)
        if let dialog = state.dialog {
            targets.add(.outside, buffer.bounds)
            draw(dialog, state, into: &buffer)
        }
        if let toast = state.toast { drawToast(toast.text, into: &buffer) }
        if state.departure.isDetaching || state.departure.isChanging {
            drawToast(state.strings[.detaching], into: &buffer)
        }
        if state.departure.isQuitting { drawToast(state.strings[.savingRun], into: &buffer) }
        return buffer
    }

    private func drawTooSmall(_ strings: Strings, into buffer: inout CellBuffer) {
        let size = buffer.size
        let lines = [
            strings[.tooSmall], strings(.have, "\(size.columns)x\(size.rows)"),
            strings(.need, "\(Self.smallest.columns)x\(Self.smallest.rows)"),
        ]
        for (index, line) in lines.enumerated() {
            let text = fit(line, columns: size.columns)
            buffer.write(
                text, column: (size.columns - displayWidth(text)) / 2,
                row: max(0, (size.rows - lines.count) / 2) + index,
                style: theme.style(index == 0 ? .warning : .text))
        }
    }

    // MARK: Header and hints

    private func drawHeader(_ state: DashboardState, into buffer: inout CellBuffer) {
        let columns = buffer.size.columns
        let (dot, role) = Self.status(state)
        let name = state.strings[state.run.status.phrase]
        let time = Self.clock(state.elapsed)
        let right = "\(dot) \(name)   \(time) "
        buffer.write(right, endingAt: columns, row: 0, style: theme.style(role, .bold))
        let room = columns - displayWidth(right) - 2
        guard let context = state.context else {
            buffer.write(" flowers-tui", column: 0, row: 0, style: theme.style(.title, .bold))
            return
        }
        // On narrow screens the program's name gives way to the warnings.
        let warns = context.dataset.synthetic || context.weights == .random || state.departure.isReplay
        var column = 0
        if columns >= 100 || !warns && columns >= 60 {
            column += buffer.write(" flowers-tui ", column: 0, row: 0, style: theme.style(.title, .bold))
        }
        func part(_ text: String, _ role: Theme.Role) {
            column += buffer.write(
                text, column: column, row: 0, style: theme.style(role), maxColumns: max(0, room - column))
        }
        part(" " + state.strings(.run, context.run), .text)
        // Warnings come before anything that may be cut off.
        if state.departure.isReplay { part(" · " + state.strings[.replay], .warning) }
        if context.dataset.synthetic { part(" · " + state.strings[.syntheticPhotos], .warning) }
        if context.weights == .random { part(" · " + state.strings[.randomWeights], .warning) }
        let dataset = context.dataset
        let counts = "\(dataset.count(.training).grouped)/\(dataset.count(.validation).grouped)"
        part(dataset.synthetic ? " · \(counts)" : " · \(dataset.name) \(counts)", .text)
        part(" · \(context.recipe.architecture.title) (\(context.weights.text))", .dim)
    }

    static func status(_ state: DashboardState) -> (dot: String, role: Theme.Role) {
        switch state.run.status {
        case .preparing: ("◌", .accent)
        case .training: ("●", .good)
        case .paused: ("‖", .warning)
        case .validating: ("◐", .accent)
        case .finished: ("✓", .good)
        case .stopped: ("■", .warning)
        case .failed: ("✗", .bad)
        case .disconnected: ("✗", .bad)
        }
    }

    static func clock(_ seconds: Double) -> String {
        let whole = Int(nearest: max(0, seconds).rounded(.down))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(whole / 3600)):\(two(whole / 60 % 60)):\(two(whole % 60))"
    }

    private func drawHints(_ state: DashboardState, row: Int, into buffer: inout CellBuffer) {
        let columns = buffer.size.columns
        if state.filters.isTyping { return drawFilterLine(state, row: row, into: &buffer) }
        let strings = state.strings
        // Help and quit always fit; the rest shares the remaining room, the screens first.
        let always = state.keys.bindings.filter { [.help, .quit].contains($0.action) }
        let tail = always.reduce(0) { $0 + hintWidth($1, state) + 2 }
        let limit = columns - tail
        // An open chart has hints of its own, and needs the room for them.
        let isOpen = state.screen == .train && state.charts.isOpen
        var column = 0
        for screen in Screen.allCases {
            let chosen = screen == state.screen
            // With little room, only the current screen is named.
            let text =
                (columns >= 60 && !(isOpen && columns < 140)) || chosen
                ? "\(screen.rawValue + 1) \(strings[screen.title])" : "\(screen.rawValue + 1)"
            let width = buffer.write(
                text, column: column, row: row,
                style: theme.style(chosen ? .accent : .dim, chosen ? [.bold, .underline] : []),
                maxColumns: max(0, limit - column))
            targets.add(.screen(screen), Rect(column: column, row: row, columns: width, rows: 1))
            column += width + 1
        }
        column += 1
        let ofChart = isOpen ? state.keys.bindings.filter { $0.chartHint != nil } : []
        let hinted = state.keys.bindings.filter {
            $0.hint != nil && $0.works(on: state.screen) && $0.matters(state)
                && ![.help, .quit].contains($0.action)
        }
        // The train screen puts steering keys first, other screens their own; an open chart the keys
        // that move in it, then those that change it.
        let own =
            isOpen
            ? ofChart.filter { $0.screens == nil } + ofChart.filter { $0.screens != nil }
            : state.screen == .train ? [] : hinted.filter { $0.screens != nil }
        for binding in own + hinted.filter({ hint in !own.contains { $0.name == hint.name } }) {
            guard column + hintWidth(binding, state) <= limit else { continue }
            column += drawHint(binding, state, column: column, row: row, into: &buffer) + 2
        }
        column = limit + 1
        for binding in always {
            column += drawHint(binding, state, column: column, row: row, into: &buffer) + 2
        }
    }

    /// A hint's keys and its label.
    private func hint(_ binding: KeyBinding, _ state: DashboardState) -> (
        keys: [(label: String, action: KeyAction)], word: String
    ) {
        var keys = [(binding.keys.first?.label ?? "", binding.action)]
        let bindings = state.keys.bindings
        if binding.isPair, let index = bindings.firstIndex(where: { $0.name == binding.name }),
            index + 1 < bindings.count
        {
            keys.append((bindings[index + 1].keys.first?.label ?? "", bindings[index + 1].action))
        }
        var word = binding.hint ?? .hintHelp
        if state.screen == .train, state.charts.isOpen { word = binding.chartHint ?? word }
        if binding.action == .togglePause, state.run.isPaused { word = .hintResume }
        if binding.action == .togglePause, [.stopped, .failed].contains(state.run.status) {
            word = .hintResumeRun
        }
        if binding.action == .data(.smaller), state.data.view == .augmentation { word = .hintStrength }
        if binding.action == .data(.check), state.data.doctor.isRunning { word = .hintStop }
        return (keys, state.strings[word])
    }

    private func hintWidth(_ binding: KeyBinding, _ state: DashboardState) -> Int {
        let (keys, word) = hint(binding, state)
        return keys.reduce(0) { $0 + displayWidth($1.label) + 1 } + displayWidth(word)
    }

    private func drawHint(
        _ binding: KeyBinding, _ state: DashboardState, column: Int, row: Int, into buffer: inout CellBuffer
    ) -> Int {
        let (keys, word) = hint(binding, state)
        let off = binding.disabled(state) != nil
        var end = column
        for (label, action) in keys {
            let width = buffer.write(
                label, column: end, row: row, style: theme.style(off ? .dim : .text, off ? [] : .bold))
            targets.add(.action(action), Rect(column: end, row: row, columns: width, rows: 1))
            end += width + 1
        }
        let width = buffer.write(word, column: end, row: row, style: theme.style(.dim))
        if keys.count == 1 {
            targets.add(
                .action(binding.action),
                Rect(column: column, row: row, columns: end + width - column, rows: 1))
        }
        return end + width - column
    }

    /// Draws the filter being typed, in place of the hints.
    private func drawFilterLine(_ state: DashboardState, row: Int, into buffer: inout CellBuffer) {
        let help = state.strings[.filterHelp]
        let room = buffer.size.columns - displayWidth(help) - 2
        buffer.write(help, endingAt: buffer.size.columns - 1, row: row, style: theme.style(.dim))
        let label = state.strings[.filter] + " "
        let used = buffer.write(
            label, column: 1, row: row, style: theme.style(.accent, .bold), maxColumns: max(0, room - 1))
        draw(
            state.shownFilter ?? TextField(), isFocused: true,
            in: Rect(column: 1 + used, row: row, columns: max(0, room - used - 1), rows: 1), into: &buffer)
    }

    private func drawToast(_ text: String, into buffer: inout CellBuffer) {
        let style = theme.style(.accent, [.bold, .reverse])
        let lines = wrap(text, columns: buffer.size.columns - 4).prefix(max(1, buffer.size.rows / 3))
        let columns = lines.map(displayWidth).max() ?? 0
        let first = buffer.size.rows - 1 - lines.count
        for (offset, line) in lines.enumerated() {
            let padded = line + String(repeating: " ", count: columns - displayWidth(line))
            buffer.write(
                " \(padded) ", column: (buffer.size.columns - columns - 2) / 2, row: first + offset,
                style: style)
        }
    }

    /// Draws a titled frame and returns the area inside.
    func panel(_ title: String, in rect: Rect, into buffer: inout CellBuffer) -> Rect {
        buffer.frame(rect, title: title, style: theme.style(.border), titleStyle: theme.style(.title, .bold))
        return rect.inset()
    }
}
