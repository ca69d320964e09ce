import ArgumentParser
import Basics
import Canvas
import Foundation
import Photos
import Phrases
import Plots

struct DataStatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Class balance, sizes and aspects of the photos, from their headers.")

    @Option(
        help: "Folder with one folder of photos per class; it may be empty.", completion: .directory,
        transform: typedPath)
    var data: String
    @Flag(help: "Count the photos of the folders train, val and test of --data together.")
    var givenSplit = false
    @OptionGroup var photos: ReadingOptions
    @OptionGroup var left: ExcludeOption
    @Flag(help: "Print one JSON object.")
    var json = false
    @OptionGroup var place: PlaceOptions

    func run() throws {
        let bar = SharedProgressLine()
        let statistics = try DataStatistics(
            path: data, reading: photos.reading, isDivided: givenSplit, exclusions: left.list(),
            threads: place.threadCount,
            progress: { bar.show("reading headers", done: $0, of: $1) })
        bar.clear()
        Console.warn(statistics.problems)
        if json { return Console.line(try jsonLine(statistics)) }
        let width = min(24, statistics.classes.map { displayWidth($0.name) }.max() ?? 0)
        let most = max(1, statistics.classes.map(\.photos).max() ?? 1)
        for item in statistics.classes {
            let share = String(format: "%5.1f %%", item.share * 100)
            show(
                pad(fit(visible(item.name), columns: width), columns: width), item.photos, most, tail: share,
                indent: "")
        }
        var line = statistics.photos.of("photo")
        if statistics.unreadable > 0 { line += ", \(statistics.unreadable) unreadable" }
        if statistics.excluded > 0 { line += ", \(statistics.excluded) left out" }
        if let imbalance = statistics.imbalance, imbalance > 1 {
            line += String(format: "; the largest class has %.1f times the smallest's", imbalance)
        }
        Console.line(line)
        show("Width in pixels", statistics.widths, "%.0f")
        show("Height in pixels", statistics.heights, "%.0f")
        show("Width over height", statistics.aspects, "%.2f")
        show("Bytes", statistics.bytes, "%.0f")
        for (name, counts) in [("Formats", statistics.formats), ("Colours", statistics.colorModes)]
        where !counts.isEmpty {
            let words = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                "\($0.value) \($0.key)"
            }
            Console.line("\n\(name): \(words.joined(separator: ", "))")
        }
    }

    private func show(_ title: String, _ histogram: Histogram, _ format: String) {
        guard let least = histogram.least, let median = histogram.median, let greatest = histogram.greatest
        else { return }
        func text(_ value: Double) -> String { String(format: format, value) }
        Console.line("\n\(title): \(text(least)) to \(text(greatest)), half of them up to \(text(median))")
        let most = max(1, histogram.bins.map(\.count).max() ?? 1)
        let labels = histogram.bins.map { "\(text($0.lower)) – \(text($0.upper))" }
        let width = labels.map { displayWidth($0) }.max() ?? 0
        for (bin, label) in zip(histogram.bins, labels) {
            show(pad(label, columns: width), bin.count, most, tail: "", indent: "  ")
        }
    }

    /// Prints a label, a bar and a number in 80 columns.
    private func show(_ label: String, _ count: Int, _ most: Int, tail: String, indent: String) {
        let number = " \(count)\(tail.isEmpty ? "" : "  \(tail)")"
        let columns = 78 - displayWidth(indent) - displayWidth(label) - displayWidth(number)
        Console.line(
            "\(indent)\(label) \(Bar.text(Double(count) / Double(most), columns: max(0, columns)))\(number)")
    }
}
