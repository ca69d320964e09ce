import Basics
import Canvas
import Foundation
import Photos
import Runs
import TestSupport
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Reports, plots and explanations made by the real binary.
@Suite(.serialized) struct ReportTests {
    /// A class name that would break unescaped markup.
    private static let hostile = "<i>&\"' x\u{202e}嗯🌻"

    private func trained() throws -> TinyPhotos {
        let photos = try TinyPhotos(classes: ["daisy", Self.hostile], perClass: 30)
        // The validation photos are the last of the shuffled list; some of these are among them.
        for index in 0..<12 {
            let folder = "\(photos.data)/\(Self.hostile)"
            try FileManager.default.moveItem(
                atPath: "\(folder)/\(index).jpg", toPath: "\(folder)/\u{1b}[31m<b>\(index).jpg")
        }
        let result = try Program.run(
            ["train"] + Program.training(photos) + ["--epochs", "2", "--fine-tune-epochs", "1"], in: photos)
        #expect(result.status == 0, "\(result.errors)")
        return photos
    }

    /// The elements and the text of an XML document.
    private final class Document: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []
        var text = ""
        private(set) var isWhole = false

        init(_ markup: String) {
            super.init()
            let parser = XMLParser(data: Data(markup.utf8))
            parser.delegate = self
            isWhole = parser.parse()
        }

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) { elements.append((name, attributes)) }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

        func count(_ name: String) -> Int { elements.count { $0.name == name } }
    }

    @Test func pageStandsAlone() throws {
        let photos = try trained()
        let page = photos.folder.path + "/report.html"
        let result = try Program.run(["runs", "export", "1", "--format", "html", "-o", page], in: photos)
        #expect(result.status == 0 && result.output.hasPrefix("wrote \(page)"), "\(result.errors)")
        let markup = try String(contentsOfFile: page, encoding: .utf8)
        let document = Document(markup)
        #expect(document.isWhole && markup.hasPrefix("<!DOCTYPE html>"))
        #expect(
            markup.contains("prefers-color-scheme: dark") && document.count("script") == 1
                && document.count("link") == 0)
        #expect(document.elements.allSatisfy { $0.name != "script" || $0.attributes.isEmpty })
        #expect(
            !markup.contains("fetch(") && !markup.contains("XMLHttpRequest") && !markup.contains("import("))
        for (name, attributes) in document.elements {
            for key in ["src", "href", "xlink:href"] {
                #expect(
                    attributes[key]?.hasPrefix("data:image/jpeg;base64,") ?? true, "\(name) leads outside")
            }
            #expect(!attributes.keys.contains { $0.hasPrefix("on") }, "\(name) runs a script")
        }
        #expect(!markup.contains("url(") && !markup.contains("@import"))
        // The page itself uses no `i` element, so there is none if names are escaped.
        #expect(document.count("i") == 0 && !document.text.contains("\u{1b}") && !markup.contains("\u{202e}"))
        #expect(document.text.contains("<i>&\"' x") && document.text.contains("嗯🌻"))
        #expect(document.text.contains("\\x1b[31m<b>"))

        let history = try PredictionHistory(run: RunFolder.find(home: photos.home, id: "1"))
        let last = try #require(history.epochs.last)
        let wrong = last.confusion.total - last.confusion.count(0, 0) - last.confusion.count(1, 1)
        #expect(last.confusion.total == 12)
        #expect(document.count("img") == 2 * min(wrong, 12), "a photo and what was seen in it")
        let accuracy = String(format: "%.1f %%", last.confusion.accuracy! * 100)
        #expect(document.text.contains("validation accuracy\(accuracy)"))
        for label in 0..<2 {
            let metrics = last.confusion.metrics(label)
            for value in [metrics.precision, metrics.recall, metrics.f1] {
                #expect(document.text.contains(value.map { String(format: "%.1f %%", $0 * 100) } ?? "–"))
            }
        }
        for heading in ["Training", "Classes", "Most confident errors", "Configuration", "System"] {
            #expect(document.text.contains(heading))
        }
        // Eight plots, and a sparkline for each class.
        #expect(document.count("svg") == 10)
        #expect(document.text.contains("fine-tuning from layer 100") && document.text.contains("★ best"))
        try lookAt(page)
        try hover(markup)

        let chinese = photos.folder.path + "/chinese.html"
        let translated = try Program.run(
            ["runs", "export", "1", "--format", "html", "--lang", "zh-Hans", "-o", chinese], in: photos)
        #expect(translated.status == 0, "\(translated.errors)")
        let other = Document(try String(contentsOfFile: chinese, encoding: .utf8))
        #expect(other.isWhole && other.elements.first?.attributes["lang"] == "zh-Hans")
        for heading in ["训练", "类别", "最确信的错误", "配置", "系统", "从第 100 层起微调", "★ 最佳"] {
            #expect(other.text.contains(heading))
        }
        for word in ["training", "validation", "epoch", "Most", "photos a second", "cores"] {
            #expect(!other.text.replacing(photos.data, with: "").contains(word), "\(word) is not translated")
        }

        // The page can be exported without the photos.
        try FileManager.default.moveItem(atPath: photos.data, toPath: photos.data + "-away")
        #expect(
            try Program.run(
                ["runs", "export", "1", "--format", "html", "-o", page, "--best", "--replace"], in: photos
            ).status == 0)
        let bare = Document(try String(contentsOfFile: page, encoding: .utf8))
        #expect(bare.isWhole && bare.count("img") == 0)
    }

    /// In a browser, labels of a chart do not overlap, and the values under the pointer appear.
    private func hover(_ markup: String) throws {
        guard Browser.isInstalled else { return }
        let probe = """
            <output></output><script>//<![CDATA[
            const lines = [];
            for (const svg of document.querySelectorAll(".plots svg")) {
                const boxes = [...svg.querySelectorAll("text")]
                    .map((text) => [text.textContent, text.getBoundingClientRect()]);
                for (const [i, [a, p]] of boxes.entries()) for (const [b, q] of boxes.slice(i + 1)) {
                    const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
                    const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
                    if (wide > 1 && high > 3) lines.push("overlap: " + a + " | " + b);
                }
            }
            const chart = document.querySelector("svg[data-hover]");
            const box = chart.getBoundingClientRect();
            chart.dispatchEvent(new PointerEvent("pointermove", {
                clientX: box.right - 20, clientY: box.top + box.height / 2, bubbles: true }));
            const tip = document.querySelector(".tip");
            lines.push(getComputedStyle(tip).visibility + ": " + tip.textContent);
            chart.dispatchEvent(new PointerEvent("pointerleave"));
            lines.push(getComputedStyle(tip).visibility);
            document.querySelector("output").textContent = lines.join("\\n");
            //]]></script></body>
            """
        let lines = try Browser.output(of: markup.replacing("</body>", with: probe))
        #expect(lines.filter { $0.hasPrefix("overlap") } == [])
        #expect(
            lines.contains { $0.hasPrefix("visible: epochs: 3training: 0") && $0.contains("validation: 0") },
            "\(lines)")
        #expect(lines.last == "hidden")
    }

    @Test func runsAreComparedOnAPage() throws {
        let photos = try trained()
        let second = try Program.run(
            ["train"] + Program.training(photos) + [
                "--epochs", "1", "--fine-tune-epochs", "0", "--seed", "7",
            ],
            in: photos)
        #expect(second.status == 0, "\(second.errors)")
        let page = photos.folder.path + "/compare.html"
        func compare(_ more: [String]) throws -> Program.Result {
            try Program.run(["runs", "compare", "1", "2"] + more, in: photos)
        }
        let result = try compare(["--format", "html", "-o", page])
        #expect(result.status == 0 && result.output.hasPrefix("wrote \(page)"), "\(result.errors)")
        let document = Document(try String(contentsOfFile: page, encoding: .utf8))
        #expect(document.isWhole && document.count("svg") == 4 && document.count("script") == 1)
        for text in [
            "Runs 0001, 0002", "Validation accuracy", "Learning rate", "fine-tune-epochs", "F1 by class",
            "daisy",
        ] {
            #expect(document.text.contains(text))
        }
        let losses = try ["1", "2"].map { run in
            try #require(
                try Program.run(["runs", "show", run, "--json"], in: photos).objects.first?[
                    "best_validation_loss"]
                    as? Double)
        }
        for loss in losses { #expect(document.text.contains(String(format: "%.4f", loss))) }
        let chinese = ["--format", "html", "--lang", "zh-Hans", "-o", page]
        let refused = try compare(chinese)
        #expect(refused.status == 1 && refused.errors.contains("\(page) exists already"), "\(refused.errors)")
        #expect(try compare(chinese + ["--replace"]).status == 0)
        #expect(Document(try String(contentsOfFile: page, encoding: .utf8)).text.contains("验证准确率"))
        for wrong in [
            ["--format", "html"], ["-o", page], ["--format", "html", "-o", page, "--json"],
            ["--format", "html", "-o", page, "--chart", "loss"], ["--replace"],
        ] { #expect(try compare(wrong).status == 2, "\(wrong)") }
    }

    /// If a browser is installed, it lays the page out at the width of a desktop and of a phone.
    private func lookAt(_ page: String) throws {
        guard Browser.isInstalled else { return }
        for (width, height) in [(1280, 900), (390, 844)] {
            let seen = try Browser.picture(of: page, width: width, height: height)
            #expect(
                seen.width == width
                    && Set(stride(from: 0, to: seen.pixels.count, by: 3).map { seen.pixels[$0] }).count > 20)
        }
    }

    @Test func everyPlotIsAFile() throws {
        let photos = try trained()
        let folder = photos.folder.path + "/plots"
        let result = try Program.run(["runs", "export", "1", "--format", "svg", "-o", folder], in: photos)
        #expect(result.status == 0, "\(result.errors)")
        let names = [
            "accuracy", "calibration", "confusion", "coverage", "f1", "gradient-norm", "learning-rate",
            "loss",
        ]
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names.map { $0 + ".svg" })
        for name in names {
            let markup = try String(contentsOfFile: "\(folder)/\(name).svg", encoding: .utf8)
            let document = Document(markup)
            #expect(document.isWhole && document.elements.first?.name == "svg", "\(name)")
            #expect(markup.contains("prefers-color-scheme: dark") && document.count("title") >= 1)
            #expect(!markup.contains("nan") && !markup.contains("inf"), "\(name)")
        }
        let file = photos.folder.path + "/one.svg"
        let one = try Program.run(
            ["runs", "export", "1", "--format", "svg", "--plot", "confusion", "-o", file], in: photos)
        #expect(one.status == 0)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: file))
                == Data(contentsOf: URL(fileURLWithPath: "\(folder)/confusion.svg")))
    }

    /// A log whose first validation gave no number has one best epoch in lists, pages and plots.
    @Test func aLossThatIsNoNumberIsNeverTheBest() throws {
        let photos = try trained()
        let events = try RunFolder.find(home: photos.home, id: "1").events
        var lines = try String(contentsOfFile: events, encoding: .utf8).split(separator: "\n").map(
            String.init)
        let ends = lines.indices.filter { lines[$0].contains("\"epoch_ended\"") }
        let loss = try Regex(#""validation_loss":[^,}]+"#)
        lines[ends[0]].replace(loss, with: #""validation_loss":"NaN""#)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: events))
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: photos.home + "/runs.sqlite" + suffix)
        }
        let losses = ends.map { line in
            (try? JSONSerialization.jsonObject(with: Data(lines[line].utf8)) as? [String: Any])?[
                "validation_loss"] as? Double ?? .infinity
        }
        let lowest = try #require(losses.min())
        let best = try #require(losses.firstIndex(of: lowest))
        try #require(losses.count == 3 && losses[0] == .infinity && best > 0)

        for command in [["list", "--json"], ["show", "1", "--json"]] {
            let row = try #require(try Program.run(["runs"] + command, in: photos).objects.first)
            #expect(row["best_epoch"] as? Int == best, "\(command)")
        }
        let page = photos.folder.path + "/report.html"
        for (options, shown) in [([], "epoch 3"), (["--best"], "best epoch, \(best + 1)")] {
            let result = try Program.run(
                ["runs", "export", "1", "--format", "html", "-o", page, "--replace"] + options, in: photos)
            #expect(result.status == 0, "\(result.errors)")
            let text = Document(try String(contentsOfFile: page, encoding: .utf8)).text
            #expect(text.contains("best \(String(format: "%.4f", lowest)) in epoch \(best + 1)"))
            #expect(text.contains(shown) && text.contains("★ best"))
        }
    }

    @Test func exportsThatCannotBeMade() throws {
        let photos = try TinyPhotos()
        let file = photos.folder.path + "/out"
        func export(_ more: [String]) throws -> Program.Result {
            try Program.run(["runs", "export", "1", "-o", file] + more, in: photos)
        }
        #expect(try export(["--format", "html"]).errors.hasPrefix("flowers-tui: There is no run 1"))
        #expect(try export(["--format", "pdf"]).status == 2)
        #expect(try export(["--format", "svg", "--plot", "nothing"]).status == 2)
        #expect(try export(["--plot", "loss"]).status == 2)
        let stopped = try Program.run(["train"] + Program.training(photos) + ["--json"], in: photos) {
            process, line in
            if line.contains("batch_ended") { process.interrupt() }
        }
        #expect(stopped.status == 130)
        let result = try export(["--format", "html"])
        #expect(result.status == 1 && result.errors.contains("no completed epoch"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func predictExplains() throws {
        let photos = try trained()
        let (file, map, tensors) = (
            "\(photos.data)/daisy/1.jpg", photos.folder.path + "/a.png", photos.folder.path + "/a.safetensors"
        )
        let plain = try Program.run(["predict", "1", file, "--json"], in: photos)
        let result = try Program.run(
            ["predict", "1", file, "--json", "--cam", map, "--tensors", tensors], in: photos)
        #expect(result.status == 0 && result.output == plain.output, "\(result.errors)")
        let (photo, seen) = (try RGBImage(file: file), try RGBImage(file: map))
        #expect(seen.width == photo.width && seen.height == photo.height && seen != photo)
        let values = try Safetensors.read(tensors).tensors
        #expect(values["maps"]?.shape == [2, 5, 5] && values["base_output"]?.shape == [5, 5, 1280])
        #expect(values["logits"]?.shape == [2] && values["features"]?.shape == [1280])
        let other = photos.folder.path + "/b.png"
        #expect(
            try Program.run(["predict", "1", file, "--cam", other, "--class", Self.hostile], in: photos)
                .status == 0)
        #expect(
            try Program.run(["predict", "1", file, "--cam", other, "--class", "daisy"], in: photos).status
                == 0)
        #expect(
            try Program.run(["predict", "1", file, "--cam", other, "--class", "oak"], in: photos).status == 1)
        #expect(try Program.run(["predict", "1", file, "--class", "daisy"], in: photos).status == 2)
        #expect(try Program.run(["predict", "1", file, file, "--cam", other], in: photos).status == 2)
        #expect(try Program.run(["predict", "1", "none.jpg", "--cam", other], in: photos).status == 1)

        let model = try Program.run(["model", "--run", "1", "--json"], in: photos)
        let object = try #require(model.objects.first)
        let layers = try #require(object["layers"] as? [[String: Any]])
        #expect(object["fine_tune_at"] as? Int == 100 && object["head_parameters"] as? Int == 2562)
        #expect(
            layers[1]["weight_norm"] as? Double ?? 0 > 0 && layers[1]["gradient_norm"] == nil
                && layers[3]["weight_norm"] == nil)
        #expect(
            layers[151]["gradient_norm"] as? Double ?? 0 > 0
                && layers[151]["update_ratio"] as? Double ?? 0 > 0)
        #expect(try Program.run(["model", "--run", "7"], in: photos).status == 1)
    }
}
