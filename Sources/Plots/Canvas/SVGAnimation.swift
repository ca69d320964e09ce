/// Frames that are shown one after the other, in a loop, as one SVG without scripts.
///
/// Elements that stay the same from frame to frame are written once: each element appears and disappears by
/// a style sheet's animation. Readers that do not animate, and people who have asked for reduced
/// motion, see the last frame.
package struct SVGAnimation {
    package struct Frame {
        /// In seconds from the beginning.
        package var start: Double
        package var cells: CellBuffer

        package init(start: Double, cells: CellBuffer) { (self.start, self.cells) = (start, cells) }
    }

    /// At least one, of one size; the first starts at 0 and each later than the one before.
    package var frames: [Frame]
    /// Length of the loop in seconds, more than the start of the last frame.
    package var seconds: Double

    package init(frames: [Frame], seconds: Double) { (self.frames, self.seconds) = (frames, seconds) }

    package func svg(
        foreground: (UInt8, UInt8, UInt8) = SVGDrawing.foreground,
        background: (UInt8, UInt8, UInt8) = SVGDrawing.background
    ) -> String {
        precondition(!frames.isEmpty && frames.allSatisfy { $0.cells.size == frames[0].cells.size })
        let drawing = SVGDrawing(foreground: foreground, background: background)
        let size = frames[0].cells.size
        var order: [SVGElement] = []
        var shown: [SVGElement: [Bool]] = [:]
        for (index, frame) in frames.enumerated() {
            for row in 0..<size.rows {
                for element in drawing.elements(of: frame.cells, row: row) {
                    if shown[element] == nil {
                        order.append(element)
                        shown[element] = Array(repeating: false, count: frames.count)
                    }
                    shown[element]![index] = true
                }
            }
        }
        var times: [[Bool]] = []
        var numbers: [[Bool]: Int] = [:]
        var groups: [SVGLayer: [Int: String]] = [:]
        for element in order {
            let visible = shown[element]!
            if numbers[visible] == nil {
                numbers[visible] = times.count
                times.append(visible)
            }
            groups[element.layer, default: [:]][numbers[visible]!, default: ""] += element.markup
        }
        var content = ""
        for layer in SVGLayer.allCases {
            let parts = (groups[layer] ?? [:]).sorted { $0.key < $1.key }.map { number, markup in
                times[number].contains(false)
                    ? "<g class=\"f\(number)\"\(times[number].last! ? "" : " visibility=\"hidden\"")>\n\(markup)</g>\n"
                    : markup
            }
            content += layer.group(parts.joined())
        }
        return drawing.document(size, style: style(times), content)
    }

    /// Returns the rules of the groups that are not always visible.
    private func style(_ times: [[Bool]]) -> String {
        var rules = ""
        for (number, visible) in times.enumerated() where visible.contains(false) {
            let steps = visible.indices.filter { $0 == 0 || visible[$0] != visible[$0 - 1] }.map { index in
                "\(percent(frames[index].start)){visibility:\(visible[index] ? "visible" : "hidden")}"
            }
            rules += "\n.f\(number){animation:f\(number) \(seconds)s step-end infinite}"
            rules += "@keyframes f\(number){\(steps.joined())}"
        }
        return rules.isEmpty
            ? "" : rules + "\n@media(prefers-reduced-motion:reduce){g{animation:none!important}}"
    }

    private func percent(_ start: Double) -> String {
        "\((start / seconds * 100_000).rounded() / 1000)%"
    }
}
