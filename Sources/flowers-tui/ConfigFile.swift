import ArgumentParser
import Basics
import Foundation
import TOMLKit
import Themes

/// The user's defaults for the options of `dashboard`, `train` and `attach`, from a TOML file. The
/// command line takes precedence.
struct ConfigFile {
    /// The path of the file: `$FLOWERS_TUI_CONFIG`, or `config.toml` in
    /// `$XDG_CONFIG_HOME/flowers-tui` or in `~/.config/flowers-tui`.
    static func path(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        if let own = environment["FLOWERS_TUI_CONFIG"], !own.isEmpty {
            return UserPath.expanded(own, environment: environment)
        }
        if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
            return base + "/flowers-tui/config.toml"
        }
        return (environment["HOME"] ?? NSHomeDirectory()) + "/.config/flowers-tui/config.toml"
    }

    /// The settings and their values, as written on a command line.
    let values: [(entry: Entry, value: String)]
    /// The dashboard's keys, by the names of their bindings.
    let keys: [(name: String, labels: [String])]

    /// - Throws: `UserError` that names the file and the fault.
    init(toml: String, path: String) throws {
        let table: TOMLTable
        if let fault = TOMLText.fault(in: toml) {
            throw UserError("The configuration file \(path) is not valid TOML: line \(fault.line): \(fault).")
        }
        do {
            table = try TOMLTable(string: toml)
        } catch {
            throw UserError("The configuration file \(path) is not valid TOML: \(error).")
        }
        keys = try Self.keys(table, path)
        values = try table.keys.filter { $0 != "keys" }.map { key in
            guard let entry = Self.entries.first(where: { $0.key == key }) else {
                throw UserError(
                    "The configuration file \(path) has an unknown key \(key); flowers-tui --print-config lists them."
                )
            }
            let value = table[key]
            if let flag = value?.bool { return (entry, flag ? "true" : "false") }
            if let number = value?.int { return (entry, "\(number)") }
            if let number = value?.double { return (entry, "\(number)") }
            if let text = value?.string { return (entry, text) }
            throw UserError(
                "The configuration file \(path) gives \(key) a value that is neither text, a number, true nor false."
            )
        }
    }

    private static func keys(_ table: TOMLTable, _ path: String) throws -> [(name: String, labels: [String])]
    {
        guard let value = table["keys"] else { return [] }
        guard let keys = value.table else {
            throw UserError(
                "The configuration file \(path) has keys that are no table: write [keys], and below it pause = \"p\"."
            )
        }
        return try keys.keys.map { name in
            if let label = keys[name]?.string { return (name, [label]) }
            if let labels = keys[name]?.array?.map(\.string), labels.allSatisfy({ $0 != nil }) {
                return (name, labels.compactMap(\.self))
            }
            throw UserError(
                "The configuration file \(path) gives the key \(name) a value that is neither text nor a list of texts."
            )
        }
    }

    /// Largest size in bytes; the complete template takes 10 KiB.
    private static let longestFile = 1 << 20

    /// Reads the file; nil if it does not exist or cannot be read.
    private static func contents(_ path: String) throws -> Data? {
        do {
            return try BoundedFile.read(path, limit: longestFile)
        } catch .tooLarge {
            throw UserError(
                "The configuration file \(path) has more than \(longestFile >> 20) MiB; flowers-tui --print-config prints one of 10 KiB."
            )
        } catch {
            return nil
        }
    }

    /// Reads the user's file; nil if there is none.
    static func load(environment: [String: String]) throws -> ConfigFile? {
        let path = path(environment: environment)
        return try contents(path).map {
            try ConfigFile(toml: String(decoding: $0, as: UTF8.self), path: path)
        }
    }

    /// Appends the file's settings to a command line that does not specify them. Returns the file's
    /// path if it was read.
    static func completing(
        _ arguments: [String], environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws
        -> (arguments: [String], path: String?)
    {
        let command = arguments.first { !$0.hasPrefix("-") }
        let isTraining = command == "train"
        let isDashboard = arguments.first == "dashboard" || arguments.first.map { $0.hasPrefix("-") } ?? true
        // Attaching uses only the home folder of the run's options.
        let isAttaching = arguments.first == "attach"
        // A run that goes on keeps its own settings.
        let isResuming = arguments.contains { $0 == "--run" || $0.hasPrefix("--run=") }
        let asksForHelp = !Set(arguments).isDisjoint(with: ["--help", "-h", "--print-config", "--version"])
        let path = path(environment: environment)
        guard isTraining || isDashboard || isAttaching, !asksForHelp, let data = try contents(path) else {
            return (arguments, nil)
        }
        let file = try ConfigFile(toml: String(decoding: data, as: UTF8.self), path: path)
        var result = arguments
        for (entry, value) in file.values {
            let opposite = "--no-" + entry.option.dropFirst(2)
            let isGiven = arguments.contains {
                [entry.option, opposite].contains($0) || $0.hasPrefix(entry.option + "=")
            }
            if isGiven || entry.isForDashboard && !isDashboard && !isAttaching { continue }
            if isAttaching, !entry.isForDashboard, entry.key != "home" { continue }
            if isResuming, !entry.isForDashboard,
                !["home", "threads", "tensorboard", "metrics_port"].contains(entry.key)
            {
                continue
            }
            if ["false", "true"].contains(entry.standard) {
                guard ["true", "false"].contains(value) else {
                    throw UserError(
                        "The configuration file \(path) gives \(entry.key) the value \(value); it is true or false."
                    )
                }
                if value != entry.standard { result.append(value == "true" ? entry.option : opposite) }
            } else {
                result.append("\(entry.option)=\(value)")
            }
        }
        if isDashboard || isAttaching, !arguments.contains(where: { $0 == "--key" || $0.hasPrefix("--key=") })
        {
            for (name, labels) in file.keys {
                result += (labels.isEmpty ? [""] : labels).map { "--key=\(name)=\($0)" }
            }
        }
        return (result, path)
    }
}
