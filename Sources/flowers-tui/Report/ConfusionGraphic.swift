import Foundation
import Phrases
import Runs

/// A confusion matrix as a heat map, with true classes in rows and predicted classes in columns.
enum ConfusionGraphic {
    /// Largest number of classes drawn; of more, the most confused ones.
    static let mostClasses = 60

    static func draw(
        _ matrix: ConfusionMatrix, _ classes: [String], epoch: Int, _ language: Language
    ) -> VectorGraphic {
        var shown = Array(classes.indices)
        var note = ""
        if shown.count > mostClasses {
            let errors = shown.map { label in
                matrix.support(label) + matrix.predictedCount(label) - 2 * matrix.count(label, label)
            }
            shown = shown.sorted { (errors[$1], $0) < (errors[$0], $1) }.prefix(mostClasses).sorted()
            note = language(
                ", the \(mostClasses) most confused of \(classes.count) classes",
                "，\(classes.count) 类中最易混淆的 \(mostClasses) 类")
        }
        let longest = shown.map { displayedWidth(shortened(classes[$0], to: 18)) }.max() ?? 0
        // As wide as its names, if there is room for that.
        let cell = min(max(64, longest + 8), max(12, 480 / Double(max(1, shown.count))))
        // Names that do not fit side by side are turned.
        let isLevel = longest + 8 <= cell
        let left = longest + 12
        let top = 34 + (isLevel ? 22 : longest + 10)
        let side = cell * Double(shown.count)
        let title = language("Confusion after epoch \(epoch)", "第 \(epoch) 轮后的混淆矩阵") + note
        var body = label(title, 0, 14, style: "title")
        body += label(
            language("rows: true class, columns: predicted class, shares of the row", "行为真实类别，列为预测类别，百分比按行计"),
            0, 30, style: "faint")
        for (index, shownClass) in shown.enumerated() {
            let middle = (Double(index) + 0.5) * cell
            let name = classes[shownClass]
            body += label(shortened(name, to: 18), left - 6, top + middle + 4, anchor: "end", tip: name)
            if isLevel {
                body += label(
                    shortened(name, to: 18), left + middle, top - 6, anchor: "middle", tip: name)
            } else {
                let turn = "translate(\(place(left + middle + 4)) \(place(top - 6))) rotate(-90)"
                body += element("text", ["transform": turn], tooltip(name) + escaped(shortened(name, to: 18)))
            }
        }
        for (row, shownClass) in shown.enumerated() {
            for (column, predicted) in shown.enumerated() {
                let (count, share) = (
                    matrix.count(shownClass, predicted), matrix.share(shownClass, predicted) ?? 0
                )
                let tip = "\(classes[shownClass]) → \(classes[predicted]): \(count), \(percent(share))"
                let place = (x: left + Double(column) * cell, y: top + Double(row) * cell)
                body += element("g", [:], tooltip(tip) + draw(count, share, at: place, cell))
            }
        }
        return VectorGraphic(
            title: title, width: max(360, left + side + 8, displayedWidth(title) + 20),
            height: top + side + 8, body: body)
    }

    private static func draw(_ count: Int, _ share: Double, at place: (x: Double, y: Double), _ cell: Double)
        -> String
    {
        let opacity = String(format: "%.2f", 0.04 + 0.96 * share)
        let square = element(
            "rect",
            [
                "class": "cell", "x": place.x + 1, "y": place.y + 1, "width": cell - 2, "height": cell - 2,
                "fill-opacity": opacity,
            ])
        let style = share > 0.5 ? "on" : count == 0 ? "faint" : ""
        let (x, y) = (place.x + cell / 2, place.y + cell / 2)
        func text(_ text: String, _ y: Double, size: String = "") -> String {
            label(text, x, y, style: style, anchor: "middle", size: size)
        }
        if cell >= 40 {
            return square + text("\(count)", y)
                + text("\(Int((share * 100).rounded())) %", y + 14, size: "10")
        }
        return cell >= 18 && count > 0 ? square + text("\(count)", y + 3, size: "9") : square
    }

    private static func displayedWidth(_ text: String) -> Double {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 12.5 : 7) }
    }
}
