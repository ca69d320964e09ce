import ArgumentParser
import Basics
import Foundation
import Network
import Ranks
import Terminal

struct FlowersTUI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flowers-tui",
        abstract:
            "Fine-tunes MobileNetV2 or EfficientNet-Lite on a folder of photos, watched and steered from the terminal.",
        version: Version.text,
        subcommands: [
            DashboardCommand.self, AttachCommand.self, TrainCommand.self, EvaluateCommand.self,
            PredictCommand.self, DataCommand.self, CacheCommand.self,
            ModelCommand.self, RunsCommand.self, ImageCommand.self, RenderCommand.self,
            KeysCommand.self, BenchCommand.self, DoctorCommand.self,
        ],
        defaultSubcommand: DashboardCommand.self)
}

/// Runs a command. Turns errors into one sentence and an exit code: 0 done, 1 failed, 2 usage
/// error, 130 interrupted.
@main enum Main {
    /// The command line. Arguments that are not UTF-8 are the text of their bytes (`PathText`), by
    /// which files are found.
    private static var arguments: [String] {
        (0..<Int(CommandLine.argc)).compactMap { CommandLine.unsafeArgv[$0] }.map { argument in
            String(validatingCString: argument)
                ?? PathText.text(
                    UnsafeBufferPointer(start: argument, count: strlen(argument)).map {
                        UInt8(bitPattern: $0)
                    })
        }
    }

    static func main() {
        OpenBLAS.restartUnderLimit()
        StandardDescriptors.openMissing()
        StandardDescriptors.raiseFileLimit()
        // A reader that closes its end of a pipe, or a limit on the size of files, must not end the
        // run unsaved.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        CrashGuard.install()
        // Its output would land among our own output.
        OneDNN.silence()
        // Before the job is joined, which clears it from the environment.
        _ = speaks
        exit(Console.status(run()))
    }

    /// Whether this process is the one of its job that prints.
    private static let speaks = MPIJob().map { $0.rank == 0 } ?? true

    private static func run() -> Int32 {
        var configuration: String?
        do {
            let (completed, path) = try ConfigFile.completing(Array(arguments.dropFirst()))
            configuration = path
            var command = try FlowersTUI.parseAsRoot(completed)
            try command.run()
            return 0
        } catch let error as any Failure {
            if speaks { Console.error(error.line) }
            return 1
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            let text = FlowersTUI.fullMessage(for: error)
            if !speaks { return FlowersTUI.exitCode(for: error) == .success ? 0 : 2 }
            if FlowersTUI.exitCode(for: error) == .success {
                Console.line(text)
                return 0
            }
            Console.error(text)
            if let configuration {
                Console.error("Options that are not on the command line come from \(configuration).")
            }
            return 2
        }
    }
}

extension ExitCode {
    static let interrupted = ExitCode(130)
}
