import ArgumentParser
import Basics
import Dashboard
import Foundation
import Logs
import Recipes
import Runs

/// Other runs behind the charts: runs of the home folder, and logs of other programs.
struct GhostOption: ParsableArguments {
    @Option(
        name: .customLong("ghost"),
        help: ArgumentHelp(
            "Draw another run behind the charts: its id, or a log of another program (TensorBoard's event files, a table of Keras' CSVLogger); may be repeated.",
            valueName: "id-or-path"))
    var names: [String] = []

    /// - Returns: the runs, and warnings of logs that are damaged.
    /// - Throws: a `Failure` for one that cannot be drawn.
    func load(home: String) throws -> (runs: [GhostRun], warnings: [UserError]) {
        var (runs, warnings): ([GhostRun], [UserError]) = ([], [])
        for name in names {
            if name.allSatisfy(\.isNumber) {
                let folder = try RunFolder.find(home: home, id: name)
                let size = try folder.loadRecipe().batchSize
                var run = GhostRun(
                    name: folder.id, events: EventLog.read(folder.events), batchSize: size)
                run.predictions = try? PredictionHistory(run: folder)
                runs.append(run)
            } else {
                let log = try OutsideLog(path: UserPath.expanded(name))
                runs.append(GhostRun(log))
                warnings += log.warnings.map { UserError($0) }
            }
        }
        return (runs, warnings)
    }
}
