import ArgumentParser
import Basics
import Sessions
import Store

/// The folder that holds the runs.
struct HomeOption: ParsableArguments {
    @Option(
        help: "Folder of the runs (default: $FLOWERS_TUI_HOME, else ~/.local/share/flowers-tui).",
        completion: .directory, transform: typedPath)
    var home: String?

    var path: String { Home.path(option: home) }
}

/// The folder that the photos of a recorded run have moved to.
struct MovedDataOption: ParsableArguments {
    @Option(
        help: "The photos' folder, if it has moved (default: where the run found them).",
        transform: typedPath)
    var data: String?

    func place(_ place: PlaceOptions) -> RunReplay.Place {
        RunReplay.Place(
            home: place.homePath, cache: Home.cachePath(), threads: place.threadCount,
            movedData: data.map(UserPath.absolute))
    }
}

/// The home folder and the number of threads.
struct PlaceOptions: ParsableArguments {
    @Option(help: "Worker threads (default: one a core); never changes the results.")
    var threads: Int?
    @OptionGroup var home: HomeOption

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads must be from 1 to 1024, not \(threads).")
        }
    }

    var homePath: String { home.path }
    var threadCount: Int { threads ?? Machine.cores }

    var session: RunSession.Options {
        var result = RunSession.Options(home: homePath, cache: Home.cachePath(), threads: threadCount)
        result.index = { try RunStore(home: $0) }
        return result
    }
}
