import ArgumentParser
import Basics
import Canvas
import Doctor
import Foundation
import Network
import Photos
import Phrases
import Ranks

struct DataCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find damaged files, copies, leaks, likely wrong labels and outliers.",
        discussion: """
            Findings come with the most useful first. Exit code: 0 when the check ran, whatever it found; with --strict, 3 \
            when there are findings of --kinds (default: any).
            """)

    @OptionGroup var options: DataCommand.DataOptions
    @Option(
        help: "Weights of the network that examines the photos (default: ImageNet's, fetched once).",
        completion: .file(), transform: typedPath)
    var weights: String?
    @Flag(help: "Use random weights if none can be fetched.")
    var demo = false
    @Flag(help: "Check files and copies only, without a network: no labels, no outliers.")
    var filesOnly = false
    @OptionGroup var network: NetworkOptions
    @Option(
        help: ArgumentHelp(
            "Only findings of these kinds, with commas between: \(Finding.Kind.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "kinds"),
        transform: Self.kinds)
    var kinds: Set<Finding.Kind>?
    @Option(
        help: ArgumentHelp(
            "Write a list of photos to leave out for --exclude: those of --kinds (default: "
                + "\(Finding.Kind.safe.map(\.rawValue).joined(separator: ", "))). Photos of --exclude stay in it.",
            valueName: "file"),
        completion: .file(), transform: typedPath)
    var writeExclusions: String?
    @Flag(help: "Exit with 3 when something was found.")
    var strict = false

    @Sendable private static func kinds(_ text: String) throws -> Set<Finding.Kind> {
        Set(
            try text.split(separator: ",").map { part in
                let name = part.trimmingCharacters(in: .whitespaces).replacing("-", with: "_")
                guard let kind = Finding.Kind(rawValue: name) else {
                    let all = Finding.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--kinds takes \(all), not \(part).")
                }
                return kind
            })
    }

    func run() throws {
        let settings =
            "check \(network.model.rawValue) \(network.side) \(options.photos.reading) \(options.split.plan) \(filesOnly) \(demo)"
        try RankedCommand(checking: options.data, request: settings, place: options.place).run(examine)
    }

    private func examine(_ ranks: RankGroup?) throws {
        var doctor = DataDoctor.Options(
            data: options.data, cache: Home.cachePath(), threads: options.place.threadCount)
        (doctor.reading, doctor.ranks) = (options.photos.reading, ranks)
        (doctor.imageSize, doctor.model) = (network.side, network.model)
        doctor.split = options.split.plan
        (doctor.weights, doctor.demo, doctor.usesNetwork) = (weights, demo, !filesOnly)
        doctor.exclusions = try options.left.list()
        let bar = SharedProgressLine()
        var report = try DataDoctor(doctor).examine(progress: { bar.show($0) })
        bar.clear()
        for warning in report.warnings { Console.error("warning: \(warning)") }
        if let writeExclusions { try write(report, doctor.exclusions, to: writeExclusions) }
        if let kinds { report.findings.removeAll { !kinds.contains($0.kind) } }
        if options.json { Console.line(try jsonLine(report)) } else { DoctorText.print(report) }
        if strict, !report.findings.isEmpty { throw ExitCode(3) }
    }

    private func write(_ report: DoctorReport, _ old: ExclusionList, to path: String) throws {
        let chosen = kinds ?? Set(Finding.Kind.safe)
        let list = ExclusionList(old.files + report.exclusions(chosen).files)
        let names = Finding.Kind.allCases.filter(chosen.contains).map(\.rawValue).joined(separator: ", ")
        // The list that --exclude names has been read: all its lines stay.
        let adds = options.left.exclude.map { UserPath.absolute($0) == UserPath.absolute(path) } ?? false
        let result = try ExclusionFile.write(
            list, of: report.data, to: path, adds: adds, comment: "Found by data check: \(names).")
        for file in result.lost {
            Console.error("warning: \(visible(file.text)) cannot be listed: its name holds a line break.")
        }
        Console.error("\(result.listed.of("photo is", "photos are")) listed in \(path).")
    }
}

/// Prints a doctor's report as text, at most 80 columns wide.
enum DoctorText {
    /// Largest number of findings printed per kind.
    private static let shown = 20

    static func print(_ report: DoctorReport) {
        for (name, count) in report.classes.byName {
            Console.line("\(count)\t\(visible(name))")
        }
        let excluded = report.excluded > 0 ? ", \(report.excluded) left out" : ""
        let test = report.test.map { ", \($0) for the test" } ?? ""
        Console.line("\(report.training) for training, \(report.validation) for validation\(test)\(excluded)")
        for kind in Finding.Kind.allCases {
            let findings = report.findings.filter { $0.kind == kind }
            if findings.isEmpty { continue }
            Console.line("\n\(title(kind)): \(findings.count)")
            for finding in findings.prefix(shown) {
                for (index, line) in wrap(visible(finding.sentence), columns: 76).enumerated() {
                    Console.line((index == 0 ? "  " : "    ") + line)
                }
            }
            if findings.count > shown {
                Console.line("  … and \(findings.count - shown) more; --json lists all.")
            }
        }
        if report.findings.isEmpty { Console.line("Nothing suspicious found.") }
    }

    private static func title(_ kind: Finding.Kind) -> String {
        switch kind {
        case .unreadable: "Unreadable files"
        case .conflictingLabels: "One picture under two labels"
        case .leak: "Pictures in both training and validation or test"
        case .wrongLabel: "Likely wrong labels"
        case .damaged: "Damaged files"
        case .exactDuplicate: "Copies"
        case .nearDuplicate: "Near copies"
        case .similar: "Similar photos"
        case .singleColor: "Single-colour pictures"
        case .tiny: "Tiny pictures"
        case .extremeAspect: "Extreme aspect ratios"
        case .outlier: "Outliers"
        case .wrongExtension: "Wrong file extensions"
        case .orientation: "Photos stored turned (--exif-orientation apply trains on them upright)"
        case .colorMode: "Odd colours"
        }
    }
}
