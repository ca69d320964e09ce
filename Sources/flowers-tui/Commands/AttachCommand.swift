import ArgumentParser
import Basics
import Ranks
import Recipes
import Runs
import Sessions
import Terminal

struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Watch and steer a run that another process trains, in the dashboard.")

    @Argument(help: "The run's id (default: the only run that is trained).")
    var id: String?
    @Flag(help: "Save and end the run instead of showing it.")
    var stop = false
    @OptionGroup var place: HomeOption
    @OptionGroup var screen: ScreenOptions

    func run() throws {
        if let job = MPIJob() {
            throw UserError(
                "attach shows a run on one screen, and mpirun has started \(job.count) processes: give the command without mpirun."
            )
        }
        let home = place.path
        if stop { return try RunsCommand.Stop.stop(id, home: home, json: false) }
        let session = try RemoteSession(LiveRuns.choose(home: home, id: id))
        try DashboardSessions(home: home, threads: Machine.cores).show(session, screen)
    }
}
