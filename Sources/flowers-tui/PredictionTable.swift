import Basics
import Foundation
import Network
import Photos
import Training

/// The form of a prediction on output: text, a line of JSON, or a row of CSV.
struct PredictionTable {
    enum Form: Equatable {
        /// `photo.jpg: roses 93.0 %`
        case text
        /// One object a line.
        case json
        /// Comma-separated values with a heading (RFC 4180, lines ending in LF).
        case csv
    }

    private struct Line: Encodable {
        struct Choice: Encodable {
            var label: String
            var confidence: Float
        }

        var file: String
        var label: String
        var confidence: Float
        /// Probabilities by class name.
        var probabilities: [String: Float]
        /// The most probable classes, if they were asked for.
        var top: [Choice]?
    }

    private let form: Form
    private let answer: ModelHead.Answer
    private let classes: [String]
    private let top: Int?

    /// - Parameter top: number of classes to tell for each photo; nil for one.
    init(_ form: Form, of model: TrainedModel, top: Int?) {
        (self.form, classes, answer) = (form, model.classes, model.classifier.answer)
        self.top = top.map { min($0, model.classes.count) }
    }

    /// The line before the first prediction; nil for forms without one.
    var heading: String? {
        guard form == .csv else { return nil }
        let columns = (1...(top ?? 1)).flatMap { place in
            place == 1 ? ["label", "confidence"] : ["label_\(place)", "confidence_\(place)"]
        }
        return Self.row(["file"] + columns)
    }

    /// Returns the line of one photo.
    ///
    /// - Parameter probabilities: by class.
    func line(_ file: String, _ probabilities: [Float]) throws -> String {
        let ranked = Self.ranked(probabilities).prefix(top ?? 1)
        switch form {
        case .text:
            let choices = shown(probabilities).map {
                "\(classes[$0]) \((probabilities[$0] * 100).rounded()) %"
            }
            return visibleLines("\(file): \(choices.isEmpty ? "none" : choices.joined(separator: ", "))")
        case .json:
            return try jsonLine(
                Line(
                    file: file, label: classes[ranked[0]], confidence: probabilities[ranked[0]],
                    probabilities: Dictionary(
                        zip(PhotoPath.keys(classes.map { PhotoPath($0) }), probabilities)
                    ) { first, _ in first },
                    top: top.map { _ in
                        ranked.map { .init(label: classes[$0], confidence: probabilities[$0]) }
                    }))
        case .csv:
            return Self.row([file] + ranked.flatMap { [classes[$0], "\(probabilities[$0])"] })
        }
    }

    /// The classes in order of their probabilities, the lower index first where two are equal, as
    /// argmax does.
    static func ranked(_ probabilities: [Float]) -> [Int] {
        probabilities.indices.sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }
    }

    /// The classes that text tells of a photo. Where a photo may have several labels: those that are
    /// more likely than not.
    private func shown(_ probabilities: [Float]) -> ArraySlice<Int> {
        let ranked = Self.ranked(probabilities)
        if top == nil, case .labels = answer { return ranked.prefix { probabilities[$0] >= 0.5 } }
        return ranked.prefix(top ?? 1)
    }

    /// A row of CSV: fields with commas, quotes, line ends or blanks at their ends are quoted.
    static func row(_ fields: [String]) -> String {
        fields.map { field in
            let isPlain =
                !field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
                && field.first != " " && field.last != " "
            return isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
        }.joined(separator: ",")
    }
}
