import Core
import Plots

/// The dashboard as a function of its state: a buffer of exactly the state's size.
public struct DashboardView {
    let theme: Theme
    let depth: ColorDepth
    let thumbnails: ThumbnailCache

    public static let smallest = Size(columns: 40, rows: 12)

    public init(theme: Theme, depth: ColorDepth, thumbnails: ThumbnailCache) {
        (self.theme, self.depth, self.thumbnails) = (theme, depth, thumbnails)
    }

    public func render(_ state: DashboardState) -> CellBuffer {
        let buffer = draw(state)
        return theme.isASCII ? buffer.inASCII() : buffer
    }

    private func draw(_ state: DashboardState) -> CellBuffer {
        var buffer = CellBuffer(size: state.size, fill: Cell(" ", style: theme.style(.text)))
        let size = state.size
        guard size.columns >= Self.smallest.columns, size.rows >= Self.smallest.rows else {
            drawTooSmall(size, into: &buffer)
            return buffer
        }
        drawHeader(state, into: &buffer)
        let body = Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 2)
        switch state.screen {
        case .train: drawTrain(state, in: body, into: &buffer)
        case .data: drawData(state, in: body, into: &buffer)
        case .model: drawModel(state, in: body, into: &buffer)
        case .predictions: drawPredictions(state, in: body, into: &buffer)
        }
        drawHints(state, row: size.rows - 1, into: &buffer)
        if let dialog = state.dialog { draw(dialog, state, into: &buffer) }
        if let toast = state.toast { drawToast(toast.text, into: &buffer) }
        if state.isQuitting { drawToast("Saving the run …", into: &buffer) }
        return buffer
    }

    private func drawTooSmall(_ size: Size, into buffer: inout CellBuffer) {
        let lines = [
            "too small", "have \(size.columns)x\(size.rows)",
            "need \(Self.smallest.columns)x\(Self.smallest.rows)",
        ]
        for (index, line) in lines.enumerated() {
            let text = fit(line, columns: size.columns)
            buffer.write(
                text, column: (size.columns - displayWidth(text)) / 2, row: max(0, (size.rows - lines.count) / 2) + index,
                style: theme.style(index == 0 ? .warning : .text))
        }
    }

    // MARK: Header and hints

    private func drawHeader(_ state: DashboardState, into buffer: inout CellBuffer) {
        let columns = buffer.size.columns
        let (dot, name, role) = Self.status(state)
        let time = Self.clock(state.elapsed)
        let right = "\(dot) \(name)   \(time) "
        buffer.write(right, endingAt: columns, row: 0, style: theme.style(role, .bold))
        let room = columns - displayWidth(right) - 2
        guard let context = state.context else {
            buffer.write(" flowers-tui", column: 0, row: 0, style: theme.style(.title, .bold))
            return
        }
        // The warnings must not be cut where it is narrow; the name may go.
        let warns = context.dataset.synthetic || context.randomWeights
        var column = 0
        if columns >= 100 || !warns && columns >= 60 {
            column += buffer.write(" flowers-tui ", column: 0, row: 0, style: theme.style(.title, .bold))
        }
        func part(_ text: String, _ role: Theme.Role) {
            column += buffer.write(text, column: column, row: 0, style: theme.style(role), maxColumns: max(0, room - column))
        }
        part(" run \(context.run)", .text)
        // What must not be overlooked stands before what may be cut.
        if context.dataset.synthetic { part(" · synthetic photos", .warning) }
        if context.randomWeights { part(" · random weights", .warning) }
        let dataset = context.dataset
        let counts = "\(dataset.count(.training).grouped)/\(dataset.count(.validation).grouped)"
        part(dataset.synthetic ? " · \(counts)" : " · \(dataset.name) \(counts)", .text)
        part(" · MobileNetV2 (\(context.weights))", .dim)
    }

    static func status(_ state: DashboardState) -> (dot: String, name: String, role: Theme.Role) {
        switch state.status {
        case .preparing: ("◌", "preparing", .accent)
        case .training: ("●", "training", .good)
        case .paused: ("‖", "paused", .warning)
        case .validating: ("◐", "validating", .accent)
        case .finished: ("✓", "finished", .good)
        case .stopped: ("■", "stopped", .warning)
        case .failed: ("✗", "failed", .bad)
        }
    }

    static func clock(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(whole / 3600)):\(two(whole / 60 % 60)):\(two(whole % 60))"
    }

    private func drawHints(_ state: DashboardState, row: Int, into buffer: inout CellBuffer) {
        let columns = buffer.size.columns
        // Help and quit always fit; the rest fills what room is left, the screens first.
        let always = KeyTable.bindings.filter { [.help, .quit].contains($0.action) }
        let tail = always.map { "\($0.keys[0].label) \($0.hint)" }.joined(separator: "  ")
        let limit = columns - displayWidth(tail) - 2
        var column = 0
        for screen in Screen.allCases {
            let chosen = screen == state.screen
            // Where there is little room only the chosen screen has its name.
            let text = columns >= 60 || chosen ? "\(screen.rawValue + 1) \(screen.name)" : "\(screen.rawValue + 1)"
            buffer.write(text, column: column, row: row, style: theme.style(chosen ? .accent : .dim, chosen ? [.bold, .underline] : []))
            column += displayWidth(text) + 1
        }
        column += 1
        for binding in KeyTable.bindings
        where !binding.hint.isEmpty && binding.works(on: state.screen) && ![.help, .quit].contains(binding.action) {
            let hint = binding.action == .togglePause && state.isPaused ? "resume" : binding.hint
            let keys = binding.hintKeys ?? binding.keys[0].label
            guard column + displayWidth(keys) + 1 + displayWidth(hint) <= limit else { continue }
            let off = binding.disabled(state) != nil
            column += buffer.write(
                keys, column: column, row: row, style: theme.style(off ? .dim : .text, off ? [] : .bold)) + 1
            column += buffer.write(hint, column: column, row: row, style: theme.style(.dim)) + 2
        }
        var end = columns - displayWidth(tail) - 1
        for binding in always {
            end += buffer.write(binding.keys[0].label, column: end, row: row, style: theme.style(.text, .bold)) + 1
            end += buffer.write(binding.hint, column: end, row: row, style: theme.style(.dim)) + 2
        }
    }

    private func drawToast(_ text: String, into buffer: inout CellBuffer) {
        let text = " \(fit(text, columns: buffer.size.columns - 4)) "
        let style = theme.style(.accent, [.bold, .reverse])
        buffer.write(text, column: (buffer.size.columns - displayWidth(text)) / 2, row: buffer.size.rows - 2, style: style)
    }

    /// A frame with its title, and the area inside.
    func panel(_ title: String, in rect: Rect, into buffer: inout CellBuffer) -> Rect {
        buffer.frame(rect, title: title, style: theme.style(.border), titleStyle: theme.style(.title, .bold))
        return rect.inset()
    }
}

/// Thumbnails by photo, view and size, so that a frame draws each only once. Belongs to one thread.
public final class ThumbnailCache {
    struct Key: Hashable {
        var photo: Int
        /// Nil: the photo itself.
        var variant: UInt64?
        var size: Size
        var depth: ColorDepth
    }

    private var cells: [Key: CellBuffer] = [:]
    private static let limit = 600

    public init() {}

    func cells(_ key: Key, make: () -> RGBImage) -> CellBuffer {
        if let known = cells[key] { return known }
        if cells.count >= Self.limit { cells.removeAll(keepingCapacity: true) }
        let image = make()
        let picture = Picture(width: image.width, height: image.height, pixels: image.pixels)
        let made = picture.cells(columns: key.size.columns, rows: key.size.rows, symbols: .quadrant, depth: key.depth)
        cells[key] = made
        return made
    }
}

extension DashboardView {
    /// Draws a photo, or an augmented view of it, as large as fits into `rect`; returns where it lies.
    @discardableResult
    func drawPhoto(
        _ photo: Int, variant: UInt64? = nil, _ dataset: DatasetSummary, in rect: Rect, into buffer: inout CellBuffer
    ) -> Rect {
        let size = Picture.fitCells(width: 1, height: 1, columns: rect.columns, rows: rect.rows)
        guard size.columns > 0, size.rows > 0 else { return rect }
        let cells = thumbnails.cells(.init(photo: photo, variant: variant, size: size, depth: depth)) {
            variant.map { dataset.pixels.augmentedImage(at: photo, variant: $0, strength: AugmentationStrength()) }
                ?? dataset.pixels.image(at: photo)
        }
        let place = Rect(
            column: rect.column + (rect.columns - size.columns) / 2, row: rect.row, columns: size.columns,
            rows: size.rows)
        buffer.blit(cells, column: place.column, row: place.row)
        return place
    }

    /// Divides `rect` into `count` cells of a grid of `columns`, row by row.
    func grid(_ rect: Rect, columns: Int, count: Int) -> [Rect] {
        let rows = (count + columns - 1) / columns
        guard rows > 0 else { return [] }
        return (0..<count).map { index in
            let (x, y) = (index % columns, index / columns)
            let left = rect.column + x * rect.columns / columns
            let top = rect.row + y * rect.rows / rows
            return Rect(
                column: left, row: top, columns: rect.column + (x + 1) * rect.columns / columns - left,
                rows: rect.row + (y + 1) * rect.rows / rows - top)
        }
    }
}
