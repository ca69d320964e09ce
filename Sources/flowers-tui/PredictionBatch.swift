import Basics
import Canvas
import Foundation
import Photos
import Phrases
import Training

/// Classifies photos by the batch, writes their rows in order, and shows how far it is.
struct PredictionBatch {
    private let model: TrainedModel
    private let exclusions: ExclusionList
    private let progress = ProgressLine(isShown: Console.errorIsTerminal)
    private let began = ContinuousClock.now

    private var waiting: [String] = []
    private var search: PhotoSearch
    /// Photos to classify; nil while a list is read, whose end is unknown.
    private var total: Int?
    private var done = 0
    /// Photos and folders that could not be read.
    private(set) var failures = 0
    /// Photos by predicted class.
    private var counts: [Int]

    /// Takes a photo's probabilities; false if no more are wanted.
    typealias Write = (_ file: String, _ probabilities: [Float]) throws -> Bool

    /// - Parameter formats: decide which files of a folder are photos.
    init(_ model: TrainedModel, _ exclusions: ExclusionList, _ formats: ImageFormats) {
        (self.model, self.exclusions, search) = (model, exclusions, PhotoSearch(formats))
        counts = Array(repeating: 0, count: model.classes.count)
    }

    /// Classifies what the arguments name, and gives it to `write` in order; `-` stands for a list on
    /// standard input.
    ///
    /// - Throws: `UserError` if nothing can be written or the list cannot be read. Photos that
    ///   cannot be read are reported and counted.
    mutating func run(_ arguments: [String], _ write: Write) throws {
        for argument in arguments where argument != "-" { find(argument) }
        let readsList = arguments.contains("-")
        total = readsList ? nil : search.files.count
        defer { progress.clear() }
        for file in search.files where try !add(file, write) { return }
        if readsList { try classifyList(write) }
        _ = try flush(write)
    }

    /// Classifies the photos of the list on standard input as they are named: what is at hand is
    /// not kept waiting for more.
    private mutating func classifyList(_ write: Write) throws {
        guard isatty(STDIN_FILENO) == 0 else {
            throw UserError("Standard input is the terminal; give - a list through a pipe.")
        }
        let list = PathList()
        while true {
            if !list.isReady, try !flush(write) { return }
            guard let path = try list.next() else { return }
            let first = search.files.count
            find(path)
            for file in search.files[first...] where try !add(file, write) { return }
        }
    }

    private mutating func find(_ argument: String) {
        let known = search.unreadableFolders.count
        do {
            try search.add(argument)
        } catch {
            report("\("\(error)")")
        }
        for folder in search.unreadableFolders[known...] {
            report("The folder \(folder) cannot be read; check its permissions.")
        }
    }

    /// - Returns: false if no more are wanted.
    private mutating func add(_ file: String, _ write: Write) throws -> Bool {
        if exclusions.coversEnd(of: file) {
            total? -= 1
            return true
        }
        waiting.append(file)
        return try waiting.count < model.classifier.batchCapacity || flush(write)
    }

    /// - Returns: false if no more are wanted.
    private mutating func flush(_ write: Write) throws -> Bool {
        if waiting.isEmpty { return true }
        let files = waiting
        waiting.removeAll(keepingCapacity: true)
        let results = model.classifier.predict(files: files)
        progress.clear()
        for (file, result) in zip(files, results) {
            switch result {
            case .success(let probabilities):
                guard try write(file, probabilities) else { return false }
                counts[PredictionTable.ranked(probabilities)[0]] += 1
            case .failure(let error): report(error.message)
            }
        }
        done += files.count
        show()
        return true
    }

    private mutating func report(_ message: String) {
        progress.clear()
        Console.error(UserError(message).line)
        failures += 1
    }

    private func show() {
        let rate = Double(done) / max((ContinuousClock.now - began).seconds, 1e-3)
        let speed = "\(Int(rate)) photos/s"
        guard let total else { return progress.show(done.of("photo"), fraction: 0, tail: speed) }
        let left = Double(total - done) / max(rate, 1e-3)
        progress.show(
            "classifying", fraction: Double(done) / Double(max(1, total)),
            tail: "\(done) of \(total) · \(speed) · \(Self.clock(left)) left")
    }

    private static func clock(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 359_999).rounded(.up))
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(whole % 60))"
    }

    /// Prints to standard error the photos by class, what was passed over, and the weights used.
    func summarize() {
        let classified = counts.reduce(0, +)
        if classified == 0 { return }
        let counts = zip(model.classes, counts).filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }
        var text = "\(classified.of("photo")) by \(model.words): "
        text += counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + "."
        if failures > 0 { text += " Not read: \(failures)." }
        if !search.others.isEmpty {
            text += " Other files passed over: \(search.others.byKind.list)."
        }
        Console.error(text)
    }
}
