import ArgumentParser
import Basics
import Canvas
import Foundation
import Phrases
import Plots
import Recipes
import Runs
import Store

struct RunsCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare runs: settings that differ, results, epoch by epoch.")

    enum Curve: String, ExpressibleByArgument, CaseIterable { case accuracy, loss }

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, html }

    @Argument(help: "Two ids or more.") var ids: [String]
    @Option(help: "Also draw the validation curves over each other: accuracy or loss.") var chart: Curve?
    @Option(help: "text, or html: a page with the curves over each other, into the file of --output.")
    var format: Format = .text
    @Option(name: .shortAndLong, help: "File to write; for html.", completion: .file(), transform: typedPath)
    var output: String?
    @Option(help: "Language of the page: en or zh-Hans.") var lang: Language = .english
    @OptionGroup var existing: ReplaceOption
    @OptionGroup var options: RunsCommand.HomeOptions

    private typealias Run = (run: RunRecord, epochs: [TrainerEvent.EpochEnded])

    func validate() throws {
        if ids.count < 2 { throw ValidationError("Give two runs or more to compare.") }
        if chart != nil, ids.count > LineChart.Dash.allCases.count {
            throw ValidationError(
                "--chart draws at most \(LineChart.Dash.allCases.count) runs, not \(ids.count).")
        }
        switch format {
        case .text where existing.replace:
            throw ValidationError("--replace is for the file of --format html; leave it out.")
        case .text where output != nil:
            throw ValidationError("--output takes the page of --format html; give that as well.")
        case .html where output == nil:
            throw ValidationError("--format html writes a file; name it with --output.")
        case .html where options.json || chart != nil:
            throw ValidationError(
                "--format html goes with neither --json nor --chart: the page has the curves.")
        case .html where ids.count > VectorChart.Color.allCases.count:
            throw ValidationError(
                "A page compares at most \(VectorChart.Color.allCases.count) runs, not \(ids.count).")
        default: break
        }
    }

    func run() throws {
        let store = try RunsCommand.List.store(options)
        let runs = try ids.map(store.show)
        // An id may be written in several ways.
        let names = runs.map(\.run.run)
        if let twice = names.enumerated().first(where: { names[..<$0.offset].contains($0.element) }) {
            throw UserError("Run \(twice.element) is named twice; name each run to compare once.")
        }
        if let output {
            try ExportFile.check(output, replacing: existing.replace)
            let reports = try runs.map {
                try RunReport(run: $0.run.run, home: options.path, best: false, language: lang)
            }
            let page = ComparisonPage(
                reports: reports, differences: try Self.differences(runs), language: lang)
            let data = Data(page.html().utf8)
            let kind = try ExportFile.write(data, to: output, replacing: existing.replace)
            RunsCommand.Export.report("wrote \(output): \((data.count + 1023) / 1024) KiB", kind)
            return
        }
        if options.json {
            for run in runs { Console.line(try run.run.jsonLine()) }
            return
        }
        for run in runs { Console.say(RunsCommand.line(run.run)) }
        Console.line("")
        for line in Self.table(
            [[""] + runs.map(\.run.run)] + (try Self.differences(runs)) + Self.results(runs))
        { Console.line(line) }
        Console.line("")
        for line in Self.table(Self.epochs(runs)) { Console.line(line) }
        for line in Self.chances(runs, home: options.path) { Console.say(line) }
        if let chart { Console.line("\n" + Self.draw(chart, runs)) }
    }

    // MARK: Tables

    /// Returns a row for each setting in which the runs differ.
    private static func differences(_ runs: [Run]) throws -> [[String]] {
        let settings = try runs.map { try values($0.run.recipe) }
        return Set(settings.flatMap(\.keys)).sorted().compactMap { key in
            let row = settings.map { $0[key] ?? "–" }
            return Set(row).count > 1 ? [key.replacing("_", with: "-")] + row : nil
        }
    }

    /// Returns a recipe's settings by their names in `config.json`.
    private static func values(_ recipe: Recipe) throws -> [String: String] {
        var recipe = recipe
        // Float32 is recorded as nothing.
        recipe.precision = recipe.basePrecision
        let object =
            try JSONSerialization.jsonObject(with: Data(try jsonLine(recipe).utf8)) as? [String: Any]
            ?? [:]
        var result = object.mapValues { value in
            if let number = value as? NSNumber { return "\(number)" }
            if let text = value as? String { return fit(text, columns: 40) }
            return fit(
                String(
                    decoding: (try? JSONSerialization.data(withJSONObject: value, options: .sortedKeys))
                        ?? Data(), as: UTF8.self), columns: 40)
        }
        // In short, and so that nothing of it is cut.
        result["augmentation"] = recipe.augmentation.map { "\($0)" }
        return result
    }

    private static func results(_ runs: [Run]) -> [[String]] {
        func row(_ name: String, _ value: (Run) -> String?) -> [String] {
            [name] + runs.map { value($0) ?? "–" }
        }
        func seconds(_ run: Run) -> Double {
            run.epochs.reduce(0) { $0 + $1.trainSeconds + $1.validationSeconds }
        }
        return [
            row("status") { $0.run.status.rawValue },
            row("best accuracy") { $0.run.highestValidationAccuracy.map { String(format: "%.4f", $0) } },
            row("  in epoch") { $0.run.mostAccurateEpoch.map { "\($0 + 1)" } },
            row("lowest loss") { $0.run.bestValidationLoss.map { String(format: "%.4f", $0) } },
            row("  in epoch") { $0.run.bestEpoch.map { "\($0 + 1)" } },
            row("  accuracy there") { $0.run.bestValidationAccuracy.map { String(format: "%.4f", $0) } },
            row("last accuracy") { $0.run.lastValidationAccuracy.map { String(format: "%.4f", $0) } },
            row("last loss") { $0.run.lastValidationLoss.map { String(format: "%.4f", $0) } },
            row("seconds") { $0.epochs.isEmpty ? nil : String(format: "%.1f", seconds($0)) },
        ]
    }

    /// Whether each other run differs from the first beyond chance, after the last epoch of both.
    private static func chances(_ runs: [Run], home: String) -> [String] {
        // The newest record of each is enough.
        let histories = runs.map {
            try? PredictionHistory(run: RunFolder.find(home: home, id: $0.run.run), limit: 0)
        }
        guard let first = histories[0], let last = first.epochs.last?.epoch else { return [] }
        let lines = zip(runs, histories).dropFirst().compactMap { run, other -> String? in
            guard let other, let epoch = other.epochs.last?.epoch,
                let pairs = first.pairs(last, with: other, epoch)
            else { return nil }
            return McNemarTest(pairs).sentence(runs[0].run.run, run.run.run)
        }
        return lines.isEmpty ? [] : [""] + lines
    }

    private static func epochs(_ runs: [Run]) -> [[String]] {
        let head = ["epoch"] + runs.flatMap { ["\($0.run.run) loss", "accuracy"] }
        return [head]
            + (0..<(runs.map(\.epochs.count).max() ?? 0)).map { epoch in
                ["\(epoch + 1)"]
                    + runs.flatMap { run in
                        epoch < run.epochs.count
                            ? [
                                String(format: "%.4f", run.epochs[epoch].validationLoss),
                                String(format: "%.4f", run.epochs[epoch].validationAccuracy),
                            ] : ["–", "–"]
                    }
            }
    }

    /// Formats rows as lines, the first column aligned to the left and the others to the right.
    private static func table(_ rows: [[String]]) -> [String] {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in
            rows.map { displayWidth($0[column]) }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - displayWidth(text))
                return column == 0 ? text + space : space + text
            }.joined(separator: "  ")
        }
    }

    // MARK: Curves

    private static func draw(_ curve: Curve, _ runs: [Run]) -> String {
        let (size, depth) = (
            Size(columns: 80, rows: 18), isatty(STDOUT_FILENO) == 1 ? ColorDepth.ansi16 : .none
        )
        var buffer = CellBuffer(size: size)
        let series = zip(runs, LineChart.Dash.allCases).enumerated().map { index, pair in
            LineChart.Series(
                name: pair.0.run.run, style: Style(foreground: .palette(UInt8(index + 1))), dash: pair.1,
                points: pair.0.epochs.map {
                    (Double($0.epoch + 1), curve == .loss ? $0.validationLoss : $0.validationAccuracy)
                })
        }
        let last = max(2, runs.compactMap { $0.epochs.last?.epoch }.max().map { $0 + 1 } ?? 2)
        let every = max(1, last / 12)
        let chart = LineChart(
            series: series, xRange: 1...Double(last),
            xTicks: stride(from: 1, through: last, by: every).map { (Double($0), "\($0)") },
            emptyText: "no epoch is done",
            format: { String(format: curve == .loss ? "%.3f" : "%.1f %%", curve == .loss ? $0 : $0 * 100) })
        var column = buffer.write("validation \(curve.rawValue)", column: 0, row: 0, style: Style()) + 3
        for series in series {
            column += buffer.write(
                "\(series.dash.sample) \(series.name)   ", column: column, row: 0, style: series.style)
        }
        chart.draw(into: &buffer, in: Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 1))
        return buffer.ansi(colors: depth)
    }
}

extension McNemarTest {
    /// Such as `0002 against 0001, on 280 photos: 12 right only by 0002, 15 only by 0001; no difference
    /// beyond chance (McNemar's exact test, p = 0.70)`.
    func sentence(_ first: String, _ second: String, _ language: Language = .english) -> String {
        let p = pValue < 0.001 ? "< 0.001" : String(format: "= %.3f", pValue)
        return language(
            "\(second) against \(first), on \(photos.of("photo")): \(onlySecond) right only by \(second), "
                + "\(onlyFirst) only by \(first); "
                + (isBeyondChance ? "more than chance explains" : "no difference beyond chance")
                + " (McNemar's exact test, p \(p))",
            "\(second) 与 \(first) 相比，共 \(photos) 张照片：仅 \(second) 正确 \(onlySecond) 张，仅 \(first) 正确 \(onlyFirst) 张；"
                + (isBeyondChance ? "差异超出偶然" : "差异不超出偶然") + "（McNemar 精确检验，p \(p)）")
    }
}
