import ArgumentParser
import Basics
import Canvas
import Foundation

struct FlowersTUI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flowers-tui",
        abstract: "Fine-tunes MobileNetV2 on a folder of photos, watched and steered from the terminal.",
        version: "flowers-tui 1.0.0",
        subcommands: [
            DashboardCommand.self, AttachCommand.self, TrainCommand.self, EvaluateCommand.self,
            PredictCommand.self, DataCommand.self,
            ModelCommand.self, RunsCommand.self, ImageCommand.self, RenderCommand.self,
            KeysCommand.self, BenchCommand.self,
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
        // A reader that closes its end of a pipe must not end the run unsaved.
        signal(SIGPIPE, SIG_IGN)
        var configuration: String?
        do {
            let (completed, path) = try ConfigFile.completing(Array(arguments.dropFirst()))
            configuration = path
            var command = try FlowersTUI.parseAsRoot(completed)
            try command.run()
        } catch let error as UserError {
            Console.error(error.line)
            exit(1)
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            if let failure = UserError(advising: error) {
                Console.error(failure.line)
                exit(1)
            }
            let text = FlowersTUI.fullMessage(for: error)
            if FlowersTUI.exitCode(for: error) == .success {
                print(text)
                exit(0)
            }
            Console.error(text)
            if let configuration {
                Console.error("Options that are not on the command line come from \(configuration).")
            }
            exit(2)
        }
    }
}

extension ExitCode {
    static let interrupted = ExitCode(130)
}

enum Console {
    /// Prints an error, escaping control characters, which file and archive names may contain.
    static func error(_ text: String) {
        write(visibleLines(text) + "\n", to: STDERR_FILENO)
    }

    /// Prints a line of text with its control characters escaped.
    static func say(_ text: String) { line(visibleLines(text)) }

    /// Writes a line immediately, so that the reader of a pipe sees events as they happen.
    static func line(_ text: String) {
        // If nobody reads any more (`| head`), the output is lost and the run continues.
        write(text + "\n", to: STDOUT_FILENO)
    }

    static func write(_ text: String, to descriptor: Int32) {
        var rest = ArraySlice(text.utf8)
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Escapes control characters as `^[`, except for line ends.
func visibleLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { visible(String($0)) }.joined(
        separator: "\n")
}

/// Encodes a value as a line of JSON with sorted snake-case keys.
func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
