import ArgumentParser
import Basics
import Logs
import Sessions

/// Records of a run for other programs, while it trains.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Also write event files for TensorBoard, into a folder for each run in this one.",
            valueName: "folder"),
        transform: typedPath)
    var tensorboard: String?

    @Option(
        help: ArgumentHelp(
            "Serve the run's numbers to Prometheus on this port of this machine, at /metrics.",
            valueName: "port"))
    var metricsPort: Int?

    func validate() throws {
        if let metricsPort, !(1...65535).contains(metricsPort) {
            throw ValidationError("--metrics-port must be from 1 to 65535, not \(metricsPort).")
        }
    }

    /// Opens the records.
    ///
    /// - Throws: a `Failure` if they cannot be kept.
    func open(home: String) throws -> [any SessionLog] {
        var logs: [any SessionLog] = []
        if let tensorboard {
            logs.append(try TensorBoardLog(folder: UserPath.absolute(tensorboard), home: home))
        }
        if let metricsPort { logs.append(try MetricsServer(port: metricsPort)) }
        return logs
    }

    /// The options that keep the same records.
    var arguments: [String] {
        (tensorboard.map { ["--tensorboard", UserPath.absolute($0)] } ?? [])
            + (metricsPort.map { ["--metrics-port", "\($0)"] } ?? [])
    }
}
