import ArgumentParser
import Canvas
import Foundation

/// The machine's check-up; that of photos is `data check`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check this machine: processor, libraries, terminal, folders, weights, themes, settings.",
        discussion: """
            Says for each whether it is fine, what would improve it, and what keeps something from working. Photos are \
            checked by flowers-tui data check. Exit code: 1 if there is a problem, else 0.
            """)

    @Flag(help: "Print one JSON object.")
    var json = false
    @OptionGroup var place: PlaceOptions

    private struct Report: Encodable {
        var version: String
        var build: String
        var instructionSet: String
        var executable: String
        var checks: [MachineCheck]
    }

    func run() throws {
        let checks = MachineCheck.all(home: place.homePath, threads: place.threadCount)
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        if json {
            Console.line(
                try jsonLine(
                    Report(
                        version: Version.number, build: Version.build,
                        instructionSet: Version.instructionSet, executable: executable, checks: checks)))
        } else {
            Console.say("\(Version.text), \(visible(executable))\n")
            let width = checks.map(\.name.count).max() ?? 0
            for check in checks {
                let mark =
                    switch check.state {
                    case .fine: "ok     "
                    case .note: "note   "
                    case .problem: "problem"
                    }
                let name = check.name.padding(toLength: width, withPad: " ", startingAt: 0)
                Console.say("\(mark)  \(name)  \(check.value)")
                if let advice = check.advice {
                    Console.say("\(String(repeating: " ", count: width + 11))\(advice)")
                }
            }
        }
        if checks.contains(where: { $0.state == .problem }) { throw ExitCode.failure }
    }
}
