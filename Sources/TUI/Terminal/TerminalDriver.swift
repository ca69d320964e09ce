import Basics
import CNcurses
package import Canvas
import Foundation
import Keys
import Pictures

/// The terminal, driven through ncurses. All calls must come from one thread.
///
/// ncurses only draws. Keys and the mouse are parsed from raw bytes, because terminals of the same
/// name differ in what they send more than terminfo describes.
package final class TerminalDriver {
    package let depth: ColorDepth
    let entry: TerminalEntry
    private let screen: OpaquePointer
    // Owned by ncurses until `close` deletes the screen; single-threaded like all of ncurses.
    private let window: flowers_window
    private let hasMouse: Bool
    private let knowsModes: Bool
    private var painter: CellPainter
    private let pictureChoice: PictureChoice
    private var answers = TerminalPictures()
    private var notices: TerminalNotices
    private var layer: PictureLayer
    /// The last complete frame requested, and the cells last drawn.
    private var asked: CellBuffer?
    private var shown: CellBuffer?
    private var isOpen = true
    /// Whether the terminal has gone: its window or its connection was closed.
    private(set) var isGone = false
    private var parser = InputParser()
    /// When the terminal was asked; nil if it was not.
    private var askedAt: ContinuousClock.Instant?
    /// Whether the terminal shows characters beyond ASCII.
    let isUnicode: Bool
    /// The colour of its background, as far as it has told.
    private(set) var background: Color?

    /// - Parameters:
    ///   - mouse: whether to report clicks and the wheel.
    ///   - pictures: how to show pictures; the terminal is queried unless this is `cells`.
    ///   - notices: how `tell` and `setTitle` may reach a person.
    /// - Throws: `TerminalFailure` without a terminal, or if ncurses cannot draw on it.
    package init(
        colors choice: ColorChoice = .auto, mouse: Bool = true, pictures: PictureChoice = .cells,
        notices: NoticeChoice = NoticeChoice(bell: false, notifications: false, title: false),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw TerminalFailure.noTerminal
        }
        isUnicode = TerminalLocale.adopt()
        background = TerminalBackground.told(environment: environment)
        let name = environment["TERM"] ?? ""
        guard let own = Self.entry(name) else { throw TerminalFailure.unknownType(name) }
        guard own.placesCursor else {
            throw TerminalFailure.cannotPlaceCursor(name)
        }
        let chosen = TerminalColors.choose(choice, own: own, environment: environment, lookup: Self.entry)
        CrashGuard.rememberTerminal()
        // ncurses keeps a handler that is already installed. Its own ignores the signal while it
        // writes a frame, which would lose a request to stop.
        StopSignals.install()
        guard let opened = flowers_newterm(chosen.entry.name), let window = flowers_stdscr() else {
            StopSignals.uninstall()
            throw TerminalFailure.unknownType(name)
        }
        (screen, self.window, entry) = (opened, window, chosen.entry)
        knowsModes = TerminalModes.areKnown(to: name)
        hasMouse = mouse && knowsModes
        self.notices = TerminalNotices(notices, name: name, environment: environment)
        raw()
        noecho()
        nonl()
        keypad(window, true)
        curs_set(0)
        // Finish writing a frame even if a key arrives meanwhile.
        typeahead(-1)
        // Until it has been left once, ncurses 6.4 writes a frame in pieces, one for each motion of the cursor,
        // and each of them wakes the terminal.
        endwin()
        wrefresh(window)
        if chosen.depth != .none, has_colors() {
            start_color()
            use_default_colors()
            depth = chosen.depth
        } else {
            depth = .none
        }
        painter = CellPainter(
            depth: depth, entry: chosen.entry,
            size: Size(columns: Int(getmaxx(window)), rows: Int(getmaxy(window))))
        (pictureChoice, layer) = (pictures, PictureLayer(depth: depth))
        CrashGuard.screenIsUp()
        setModes(true)
        // The last question comes last: its answer shows that all have arrived.
        let abilities = pictures == .cells ? "" : TerminalPictures.query(to: name, environment: environment)
        let query = TerminalBackground.query(to: name, environment: environment) + abilities
        if !query.isEmpty {
            TerminalModes.write(abilities.isEmpty ? query + TerminalPictures.lastQuery : query)
            askedAt = .now
        }
        choosePictures()
    }

    deinit { close() }

    /// Reads an entry of terminfo; nil if there is none of this name.
    static func entry(_ name: String) -> TerminalEntry? {
        if name.isEmpty { return nil }
        var placesCursor: Int32 = 0
        let colors = flowers_terminal_colors(name, &placesCursor)
        return colors < 0
            ? nil : TerminalEntry(name: name, colors: Int(colors), placesCursor: placesCursor != 0)
    }

    private func setModes(_ isOn: Bool) {
        guard knowsModes else { return }
        TerminalModes.write(
            isOn ? (hasMouse ? TerminalModes.mouseOn : "") + TerminalModes.pasteOn : TerminalModes.allOff)
    }

    /// Restores the terminal. Later calls do nothing.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        TerminalModes.write(layer.clear() + notices.restoreTitle())
        CrashGuard.titleIsSet(false)
        setModes(false)
        awaitAnswers()
        endwin()
        delscreen(screen)
        StopSignals.uninstall()
        CrashGuard.screenIsDown()
    }

    package var size: Size { Size(columns: Int(getmaxx(window)), rows: Int(getmaxy(window))) }

    /// Hands the terminal to the shell until the process is continued (Ctrl-Z).
    private func suspend() {
        TerminalModes.write(layer.clear() + notices.restoreTitle())
        CrashGuard.titleIsSet(false)
        setModes(false)
        awaitAnswers()
        endwin()
        StopSignals.stopGroup()
        resume()
    }

    /// Reads the answers that are still to come, which the shell would take for typed text. Waits
    /// for them only as long as a slow line may take.
    private func awaitAnswers() {
        guard let askedAt, !answers.isComplete, !isGone, !EndSignals.wasHungUp else { return }
        self.askedAt = nil
        var bytes = [UInt8](repeating: 0, count: 1024)
        var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while !answers.isComplete {
            let passed = askedAt.duration(to: .now) / .milliseconds(1)
            let rest = Double(TerminalProbe.milliseconds) - passed
            guard rest > 0, poll(&descriptor, 1, Int32(rest)) > 0 || errno == EINTR else { break }
            if descriptor.revents == 0 { continue }
            let count = Foundation.read(STDIN_FILENO, &bytes, bytes.count)
            if count <= 0 { break }
            for case .report(let report) in parser.feed(bytes[..<count]) { answers.note(report) }
        }
        tcflush(STDIN_FILENO, TCIFLUSH)
    }

    private func resume() {
        _ = StopSignals.takeContinue()
        reset_prog_mode()
        invalidate()
        wrefresh(window)
        setModes(true)
    }

    /// Gives the window a title, where the one before can be restored.
    func setTitle(_ text: String) {
        let bytes = notices.title(text)
        if bytes.isEmpty || isGone { return }
        TerminalModes.write(bytes)
        CrashGuard.titleIsSet(true)
    }

    /// Rings the bell and sends a notification, as far as chosen and understood.
    func tell(_ text: String) {
        if !isGone { TerminalModes.write(notices.notice(text)) }
    }

    /// Makes the next `show` redraw the whole screen.
    package func invalidate() {
        (asked, shown) = (nil, nil)
        layer.forget()
        clearok(flowers_curscr(), true)
    }

    /// Writes what differs from the previous frame, if anything.
    ///
    /// - Returns: whether the frame is complete; if not, showing it again adds more pictures.
    @discardableResult
    package func show(_ buffer: CellBuffer) -> Bool {
        if asked == buffer { return true }
        let previous = shown?.size == buffer.size ? shown : nil
        let frame = layer.frame(buffer, over: previous)
        if previous == nil { werase(window) }
        painter.paint(frame.buffer, over: previous, on: window)
        for row in frame.wiped { wredrawln(window, Int32(row), 1) }
        (asked, shown) = (frame.isComplete ? buffer : nil, frame.buffer)
        // Synchronized output (private mode 2026) makes the terminal show the frame at once.
        if knowsModes {
            TerminalModes.write("\u{1b}[?2026h" + frame.before)
        } else {
            TerminalModes.write(frame.before)
        }
        wrefresh(window)
        TerminalModes.write(frame.after)
        if knowsModes { TerminalModes.write("\u{1b}[?2026l") }
        return frame.isComplete
    }

    // MARK: Pictures

    /// The picture protocol in use, given the terminal's answers so far.
    var pictures: PictureProtocol { layer.pictures }

    /// Height of a cell divided by its width.
    var cellAspect: Double {
        cellPixels.map { Double($0.height) / Double($0.width) } ?? RGBImage.usualCellAspect
    }

    private var cellPixels: PixelSize? {
        TerminalWindow(descriptor: STDOUT_FILENO)?.cellPixels ?? answers.cellPixels
    }

    private func choosePictures() {
        let chosen = answers.chosen(pictureChoice)
        // kitty's image numbers need a palette or true colour, and its placeholders a locale that
        // knows their width.
        let isPossible =
            chosen != .kitty || [.trueColor, .palette256].contains(depth) && flowers_width(0x10eeee) == 1
        let before = (layer.pictures, layer.cell)
        layer.pictures = isPossible ? chosen : .cells
        layer.cell = cellPixels ?? .usualCell
        // Remove what was drawn with another protocol or cell size.
        if shown != nil, before != (layer.pictures, layer.cell) { invalidate() }
    }

    // MARK: Input

    /// How long to wait after an Escape byte before it counts as the Escape key, in milliseconds.
    private static let escapeMilliseconds: Int32 = 25

    /// Returns new input, waiting at most `milliseconds` for it; empty if there is none.
    func read(milliseconds: Int32) -> [Input] {
        if StopSignals.takeContinue() {
            resume()
            return [.resize]
        }
        if followWindow() { return [.resize] }
        var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        let wait = parser.isUnsettled ? min(milliseconds, Self.escapeMilliseconds) : milliseconds
        var inputs: [Input] = []
        if poll(&descriptor, 1, wait) > 0 {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = Foundation.read(STDIN_FILENO, &bytes, bytes.count)
            if count > 0 {
                inputs = parser.feed(bytes[..<count])
                // The rest of a key's escape sequence would follow its Escape at once.
                if parser.isUnsettled, poll(&descriptor, 1, Self.escapeMilliseconds) == 0 {
                    inputs += parser.flush()
                }
            } else if count == 0 || errno == EIO {
                isGone = true
            }
        } else if parser.isUnsettled {
            inputs = parser.flush()
        }
        for case .report(let report) in inputs {
            answers.note(report)
            notices.note(report)
            if case .background(let red, let green, let blue) = report { background = .rgb(red, green, blue) }
            choosePictures()
        }
        if StopSignals.takeStop() { inputs.append(.suspend) }
        return inputs.map { input in
            guard input == .suspend else { return input }
            suspend()
            return .resize
        } + (followWindow() ? [.resize] : [])
    }

    /// Adopts the window's current size. Returns whether it has changed.
    private func followWindow() -> Bool {
        var now = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &now) == 0, now.ws_col > 0, now.ws_row > 0,
            Int32(now.ws_col) != getmaxx(window) || Int32(now.ws_row) != getmaxy(window)
        else { return false }
        resizeterm(Int32(now.ws_row), Int32(now.ws_col))
        painter.prepare(for: size)
        choosePictures()
        invalidate()
        return true
    }
}
