import Basics
import Canvas
import Foundation
import Network
import Phrases
import Runs
import Store
import Terminal
import Themes

/// Something that the program depends on, as it is found here.
struct MachineCheck: Encodable {
    enum State: String, Encodable {
        case fine
        /// Works, but better with the advice.
        case note
        /// Keeps something from working.
        case problem
    }

    var name: String
    var state: State
    var value: String
    var advice: String?

    init(_ name: String, _ value: String, _ state: State = .fine, advice: String? = nil) {
        (self.name, self.value, self.state, self.advice) = (name, value, state, advice)
    }

    /// Everything, in the order in which it is printed.
    static func all(home: String, threads: Int) -> [MachineCheck] {
        let system = SystemDescription(threads: threads)
        let terminal = TerminalSummary()
        return [
            MachineCheck("system", "\(system.system), kernel \(system.kernel)"),
            processor(system), memory(), libraries(terminal), self.terminal(terminal), colors(terminal),
            locale(terminal), folder("home", home, "the runs", "--home or FLOWERS_TUI_HOME"),
            folder("cache", Home.cachePath(), "downloads and decoded photos", "FLOWERS_TUI_CACHE"),
            weights(), themes(), configuration(),
        ]
    }

    // MARK: The machine

    private static func processor(_ system: SystemDescription) -> MachineCheck {
        let value =
            "\(system.processor), \(system.cores.of("core")), kernels: \(Version.instructionSet)"
            + (system.bfloat16.map { ", \($0)" } ?? "")
        guard VectorKernels.best == nil else { return MachineCheck("processor", value) }
        return MachineCheck(
            "processor", value, .note,
            advice: "Without AVX2, oneDNN computes everything, more slowly; results have other last bits.")
    }

    private static func memory() -> MachineCheck {
        let limit = Machine.memory()
        let cause =
            switch limit.cause {
            case .machine: "in the machine"
            case .free: "free"
            case .controlGroup: "left by the control group"
            case .addressSpace: "left by ulimit -v"
            case .data: "left by ulimit -d"
            }
        let value = "\(Machine.size(limit.bytes)) \(cause)"
        guard limit.bytes < 1 << 30 else { return MachineCheck("memory", value) }
        return MachineCheck(
            "memory", value, .note,
            advice: "Close other programs or raise the limit, or train with a smaller --batch-size.")
    }

    private static func libraries(_ terminal: TerminalSummary) -> MachineCheck {
        MachineCheck(
            "libraries",
            [
                "oneDNN \(OneDNN.version)", "OpenBLAS \(OpenBLAS.version)", "HDF5 \(HDF5Library.version)",
                Archive.libraryVersion, terminal.library, "SQLite \(RunStore.libraryVersion)",
            ].joined(separator: ", "))
    }

    // MARK: The terminal

    private static func terminal(_ terminal: TerminalSummary) -> MachineCheck {
        let name = terminal.name.isEmpty ? "TERM is not set" : "TERM=\(visible(terminal.name))"
        let value = terminal.size.map { "\(name), \($0.columns)×\($0.rows)" } ?? name
        guard terminal.isUsable else {
            return MachineCheck(
                "terminal", value, terminal.isTerminal ? .problem : .note,
                advice:
                    "The dashboard cannot be drawn: set TERM to the terminal's name, such as xterm-256color, or install ncurses-term."
            )
        }
        guard terminal.isTerminal else {
            return MachineCheck(
                "terminal", value, .note,
                advice: "Input or output is not a terminal: commands print text, and there is no dashboard.")
        }
        if let size = terminal.size, size.columns < 80 || size.rows < 24 {
            return MachineCheck(
                "terminal", value, .note, advice: "The dashboard needs 80×24 cells to show everything.")
        }
        return MachineCheck("terminal", value)
    }

    private static func colors(_ terminal: TerminalSummary) -> MachineCheck {
        let value =
            switch terminal.colors {
            case .trueColor: "16 million"
            case .palette256: "256"
            case .ansi16: "16"
            case .none: "none"
            }
        guard terminal.lacksDirectColors else { return MachineCheck("colours", value) }
        return MachineCheck(
            "colours", value, .note,
            advice: "The terminal has 16 million: install ncurses-term, which describes them.")
    }

    private static func locale(_ terminal: TerminalSummary) -> MachineCheck {
        let language = Language(environment: ProcessInfo.processInfo.environment)
        guard terminal.isUnicode else {
            return MachineCheck(
                "locale", "not UTF-8, English", .note,
                advice: "Charts are drawn in ASCII: set LANG=C.UTF-8 if the terminal shows UTF-8.")
        }
        return MachineCheck("locale", "UTF-8, \(language == .english ? "English" : "Simplified Chinese")")
    }

    // MARK: Files

    private static func folder(
        _ name: String, _ path: String, _ content: String, _ option: String
    ) -> MachineCheck {
        // A folder that is still to be made has the room of the one that it will be made in.
        var existing = path
        while access(existing, F_OK) != 0, existing != "/", !existing.isEmpty {
            existing = PathParts.folder(existing)
        }
        var disk = statvfs()
        let isKnown = statvfs(existing, &disk) == 0
        let free = isKnown ? Int(clamping: UInt64(disk.f_bavail) * UInt64(disk.f_frsize)) : 0
        let value = visible(path) + (isKnown ? ", \(Machine.size(free)) free" : "")
        guard access(existing, W_OK | X_OK) == 0 else {
            return MachineCheck(
                name, value, .problem,
                advice:
                    "\(visible(existing)) cannot be written: choose another folder for \(content) by \(option)."
            )
        }
        guard isKnown, free < 1 << 30 else { return MachineCheck(name, value) }
        return MachineCheck(
            name, value, .note,
            advice: "Little room is left for \(content): remove some, or choose another folder by \(option).")
    }

    private static func weights() -> MachineCheck {
        guard let path = WeightsSource().cachedFile else {
            return MachineCheck(
                "weights", "not fetched yet", .note,
                advice:
                    "The first run fetches 9 MB. Without a network give a file as --weights, or fetch them elsewhere with flowers-tui data fetch and copy the cache folder."
            )
        }
        return MachineCheck("weights", visible(path))
    }

    private static func themes() -> MachineCheck {
        do {
            let library = try ThemeLibrary()
            let value = library.themes.map(\.name).joined(separator: ", ")
            let problems = library.problems.map { "\($0)" }
            guard problems.isEmpty else {
                return MachineCheck("themes", value, .note, advice: problems.joined(separator: " "))
            }
            guard library.themes.count > 1 else {
                return MachineCheck(
                    "themes", value, .note,
                    advice:
                        "Only the built-in theme was found: put the others into share/flowers-tui/themes beside bin, or name their folder by FLOWERS_TUI_THEMES."
                )
            }
            return MachineCheck("themes", value)
        } catch {
            return MachineCheck("themes", "none", .problem, advice: "\(error)")
        }
    }

    private static func configuration() -> MachineCheck {
        let environment = ProcessInfo.processInfo.environment
        let path = ConfigFile.path(environment: environment)
        do {
            let file = try ConfigFile.load(environment: environment)
            let count = file.map { $0.values.count + $0.keys.count }
            return MachineCheck(
                "settings", count.map { "\(visible(path)), \($0.of("setting"))" } ?? "no \(visible(path))")
        } catch {
            return MachineCheck("settings", visible(path), .problem, advice: "\(error)")
        }
    }
}
