import Canvas
import Phrases
import ScreenSupport
import Screens
import Testing

@Suite struct TranslationTests {
    /// On Chinese screens only names and units are in Latin letters.
    @Test(arguments: SnapshotTests.Subject.allCases) func noScreenHasEnglishLeftOver(
        subject: SnapshotTests.Subject
    ) throws {
        var allowed: Set<Substring> = [
            "flowers", "tui", "flower", "photos", "MobileNetV2", "mobilenet", "ImageNet", "weights", "from",
            "Keras", "LR",
            "LR×", "LR÷", "Adam",
            "esc", "enter", "tab", "space", "ctrl", "pgup", "pgdn", "home", "end", "shift", "run", "attach",
            "jpg", "JPEG", "PNG", "SVG", "HTML", "dark", "light", "N", "logit",
            // The trainer's sentences are in English, as on the command line.
            "There", "is", "no", "folder", "nowhere", "give", "data", "a", "that", "there",
            "InputLayer", "Conv2D", "BatchNormalization", "ReLU", "DepthwiseConv2D", "Add", "ZeroPadding2D",
            "fast", "zoom", "rate", "mixup", "cutmix", "RandAugment", "EMA", "float32", "bfloat16",
            // Schedules and augmentations are typed as on the command line.
            "flips", "rotation", "constant",
            "block", "expand", "depthwise", "project", "add", "pad", "Conv", "bn", "out", "input", "BN",
            "relu", "Conv1", "Conv_1",
            "out_relu", "daisy", "exclude", "txt", "jpeg", "png", "rgb",
            // The doctor's sentences and the names of colour modes, likewise.
            "bad", "empty", "bytes", "training", "validation", "and", "are", "the", "same", "picture",
            "looks", "like", "rather", "than",
            // Notes and tags are the person's own.
            "with", "more", "dropout", "baseline", "paper",
        ]
        allowed.formUnion(["daisy", "dandelion", "roses", "sunflowers", "tulips", "bad", "c", "b"])
        let text = try Sample.view().render(subject.state(Size(columns: 200, rows: 60), .simplifiedChinese))
            .plainText
        let words = text.split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.filter { word in
            word.contains(where: \.isLetter) && word.count > 2 && !word.hasPrefix("0x")
        }
        // A dialog may cut the kind of a layer beside it.
        let kinds = allowed.filter { $0.contains("ormalization") || $0.contains("2D") }
        let left = Set(words).subtracting(allowed).filter { word in
            !kinds.contains { $0.hasPrefix(word) }
        }.filter { word in
            !word.allSatisfy { $0.isNumber || "eMGkxs".contains($0) }
        }
        #expect(left.isEmpty, "\(left.sorted())")
    }
}
