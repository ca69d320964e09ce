import Basics
import Canvas
import Foundation
import Photos
import Training

/// Classifies photos by the batch, writes their rows in order, and shows how far it is.
struct PredictionBatch {
    private let model: TrainedModel
    private let exclusions: ExclusionList
    private let tables: [PredictionTable]
    private let progress = ProgressLine(isShown: Console.errorIsTerminal)
    private let began = ContinuousClock.now

    private var waiting: [String] = []
    private var search = PhotoSearch()
    /// Photos to classify; nil while a list is read, whose end is unknown.
    private var total: Int?
    private var done = 0
    /// Photos and folders that could not be read.
    private(set) var failures = 0

    init(_ model: TrainedModel, _ exclusions: ExclusionList, _ tables: [PredictionTable]) {
        (self.model, self.exclusions, self.tables) = (model, exclusions, tables)
    }

    /// Classifies what the arguments name; `-` stands for a list on standard input.
    ///
    /// - Throws: `UserError` if nothing can be written or the list cannot be read. Photos that
    ///   cannot be read are reported and counted.
    mutating func run(_ arguments: [String]) throws {
        for argument in arguments where argument != "-" { find(argument) }
        for folder in search.unreadableFolders {
            report("The folder \(folder) cannot be read; check its permissions.")
        }
        let readsList = arguments.contains("-")
        total = readsList ? nil : search.files.count
        for file in search.files { try add(file) }
        if readsList { try classifyList() }
        try flush()
        progress.clear()
    }

    /// Classifies the photos of the list on standard input as they are named: what is at hand is
    /// not kept waiting for more.
    private mutating func classifyList() throws {
        guard isatty(STDIN_FILENO) == 0 else {
            throw UserError("Standard input is the terminal; give - a list through a pipe.")
        }
        let list = PathList()
        while true {
            if !list.isReady { try flush() }
            guard let path = try list.next() else { return }
            let first = search.files.count
            find(path)
            for file in search.files[first...] { try add(file) }
        }
    }

    private mutating func find(_ argument: String) {
        do {
            try search.add(argument)
        } catch {
            report("\((error as? UserError)?.message ?? "\(error)")")
        }
    }

    private mutating func add(_ file: String) throws {
        if exclusions.coversEnd(of: file) {
            total? -= 1
            return
        }
        waiting.append(file)
        if waiting.count >= model.classifier.batchCapacity { try flush() }
    }

    private mutating func flush() throws {
        if waiting.isEmpty { return }
        let results = model.classifier.predict(files: waiting)
        progress.clear()
        for (file, result) in zip(waiting, results) {
            switch result {
            case .success(let probabilities): for table in tables { try table.add(file, probabilities) }
            case .failure(let error): report(error.message)
            }
        }
        done += waiting.count
        waiting.removeAll(keepingCapacity: true)
        show()
    }

    private mutating func report(_ message: String) {
        progress.clear()
        Console.error(UserError(message).line)
        failures += 1
    }

    private func show() {
        let rate = Double(done) / max((ContinuousClock.now - began).seconds, 1e-3)
        let speed = "\(Int(rate)) photos/s"
        guard let total else { return progress.show("\(done) photos", fraction: 0, tail: speed) }
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
        guard let table = tables.first, table.counts.contains(where: { $0 > 0 }) else { return }
        let counts = zip(model.classes, table.counts).filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }
        let classified = table.counts.reduce(0, +)
        var text = "\(classified) \(classified == 1 ? "photo" : "photos") by \(model.words): "
        text += counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + "."
        if failures > 0 { text += " Not read: \(failures)." }
        if !search.others.isEmpty {
            text += " Other files passed over: \(search.others.byKind.list)."
        }
        Console.error(text)
    }
}

/// A file that rows are written to as they come.
enum OutputFile {
    /// Opens a file, empty, through links and with the mode that it has.
    ///
    /// - Throws: `UserError` if it cannot be opened.
    static func open(_ path: String) throws -> Int32 {
        let descriptor = FileCalls.open(path, O_WRONLY | O_CREAT | O_TRUNC)
        guard descriptor >= 0 else {
            throw UserError("\(path) cannot be written: \(String(cString: strerror(errno))).")
        }
        return descriptor
    }

    /// - Throws: `UserError` if what was written did not reach the disk.
    static func close(_ descriptor: Int32, _ path: String) throws {
        if Foundation.close(descriptor) != 0 {
            throw UserError("\(path) cannot be written: \(String(cString: strerror(errno))).")
        }
    }
}
