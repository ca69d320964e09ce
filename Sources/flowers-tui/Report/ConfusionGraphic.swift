import Core
import Foundation

/// A confusion matrix as a heat map: rows are the true classes, columns what they were taken for.
enum ConfusionGraphic {
    /// Beyond this the classes that are confused most are drawn.
    static let mostClasses = 60

    static func draw(_ matrix: ConfusionMatrix, _ classes: [String], epoch: Int) -> VectorGraphic {
        var shown = Array(classes.indices)
        var note = ""
        if shown.count > mostClasses {
            let errors = shown.map { label in matrix.support(label) + matrix.predictedCount(label) - 2 * matrix.count(label, label) }
            shown = shown.sorted { (errors[$1], $0) < (errors[$0], $1) }.prefix(mostClasses).sorted()
            note = ", the \(mostClasses) of \(classes.count) classes that are confused most"
        }
        let cell = min(64, max(12, 480 / Double(max(1, shown.count))))
        let longest = shown.map { displayedWidth(shortened(classes[$0], to: 18)) }.max() ?? 0
        let left = longest + 12
        let top = 34 + (cell >= 40 ? 22 : min(longest, 110) + 10)
        let side = cell * Double(shown.count)
        let title = "Confusion after epoch \(epoch)\(note)"
        var body = "<text class=\"title\" x=\"0\" y=\"14\">\(escaped(title))</text>\n"
        body += "<text class=\"faint\" x=\"0\" y=\"30\">rows: true class, columns: taken for; shares of the row</text>\n"
        for (index, label) in shown.enumerated() {
            let middle = (Double(index) + 0.5) * cell
            body += "<text text-anchor=\"end\" x=\"\(place(left - 6))\" y=\"\(place(top + middle + 4))\">\(escaped(shortened(classes[label], to: 18)))</text>\n"
            let name = escaped(shortened(classes[label], to: cell >= 40 ? Int(cell / 6.2) : 18))
            body +=
                cell >= 40
                ? "<text text-anchor=\"middle\" x=\"\(place(left + middle))\" y=\"\(place(top - 6))\">\(name)</text>\n"
                : "<text transform=\"translate(\(place(left + middle + 4)) \(place(top - 6))) rotate(-90)\">\(name)</text>\n"
        }
        for (row, label) in shown.enumerated() {
            for (column, predicted) in shown.enumerated() {
                let (x, y) = (left + Double(column) * cell, top + Double(row) * cell)
                let (count, share) = (matrix.count(label, predicted), matrix.share(label, predicted) ?? 0)
                body += "<g><title>\(escaped("\(classes[label]) → \(classes[predicted])")): \(count), \(percent(share))</title>"
                body += "<rect class=\"cell\" x=\"\(place(x + 1))\" y=\"\(place(y + 1))\" width=\"\(place(cell - 2))\" height=\"\(place(cell - 2))\" fill-opacity=\"\(String(format: "%.2f", 0.04 + 0.96 * share))\"/>"
                let color = share > 0.5 ? " class=\"on\"" : count == 0 ? " class=\"faint\"" : ""
                if cell >= 40 {
                    body += "<text\(color) text-anchor=\"middle\" x=\"\(place(x + cell / 2))\" y=\"\(place(y + cell / 2))\">\(count)</text>"
                    body += "<text\(color) font-size=\"10\" text-anchor=\"middle\" x=\"\(place(x + cell / 2))\" y=\"\(place(y + cell / 2 + 14))\">\(Int((share * 100).rounded())) %</text>"
                } else if cell >= 18, count > 0 {
                    body += "<text\(color) font-size=\"9\" text-anchor=\"middle\" x=\"\(place(x + cell / 2))\" y=\"\(place(y + cell / 2 + 3))\">\(count)</text>"
                }
                body += "</g>\n"
            }
        }
        return VectorGraphic(
            title: title, width: max(360, left + side + 8, displayedWidth(title) + 20), height: top + side + 8, body: body)
    }

    private static func displayedWidth(_ text: String) -> Double {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 12.5 : 7) }
    }
}
