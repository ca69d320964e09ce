import ArgumentParser
import Basics
import Sessions
import Terminal

struct RunsReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract:
            "Watch a recorded run again in the dashboard; space pauses, n and N step, [ and ] change the speed."
    )

    @Argument(help: "The run's id.") var id: String
    @Option(help: "Speed, as a multiple of the run's own.") var speed = 10.0
    @OptionGroup var moved: MovedDataOption
    @OptionGroup var place: PlaceOptions
    @OptionGroup var screen: ScreenOptions

    func validate() throws {
        guard ReplaySession.speeds.contains(speed) else {
            throw ValidationError("--speed must be from 0.01 to 100000, not \(speed).")
        }
    }

    func run() throws {
        let session = try ReplaySession(run: id, moved.place(place), speed: speed)
        try DashboardSessions(home: place.homePath, threads: place.threadCount).show(session, screen)
    }
}
