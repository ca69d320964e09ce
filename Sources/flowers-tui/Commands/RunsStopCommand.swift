import ArgumentParser
import Recipes
import Runs
import Sessions

extension RunsCommand {
    struct Stop: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Save and end a run that another process trains.")
        @Argument(help: "The run's id (default: the only run that is trained).") var id: String?
        @OptionGroup var options: HomeOptions

        func run() throws { try Self.stop(id, home: options.path, json: options.json) }

        static func stop(_ id: String?, home: String, json: Bool) throws {
            let folder = try LiveRuns.choose(home: home, id: id)
            let reason = try LiveRuns.stop(folder)
            if json { return Console.line(try jsonLine(["run": folder.id, "reason": reason.rawValue])) }
            Console.line("run \(folder.id) \(reason.rawValue)")
            if reason != .finished { Console.line("go on with: flowers-tui --run \(folder.id)") }
        }
    }
}
