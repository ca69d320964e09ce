import Core
import Testing

@testable import Canvas
@testable import Dashboard
@testable import Phrases

@Suite struct LanguageTests {
    @Test(arguments: Language.allCases) func everyPhraseIsInTheCatalogue(language: Language) {
        let missing = Phrase.allCases.filter { (language.catalogue[$0] ?? "").isEmpty }
        #expect(missing.isEmpty)
        #expect(language.catalogue.count == Phrase.allCases.count)
    }

    /// A translation that loses a value, or has one too many, would show a brace or nothing.
    @Test(arguments: Language.allCases) func everyTranslationHasTheSameValues(language: Language) {
        func values(_ text: String) -> Set<Substring> {
            Set(
                text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().map {
                    $0.prefix { $0 != "}" }
                })
        }
        for phrase in Phrase.allCases {
            #expect(values(language.catalogue[phrase]!) == values(Catalogue.english[phrase]!), "\(phrase)")
        }
    }

    /// What is the same in both languages is either a name or a sign, or was forgotten.
    @Test func everythingIsTranslated() {
        let same = Phrase.allCases.filter { Catalogue.english[$0] == Catalogue.simplifiedChinese[$0] }
        #expect(same.allSatisfy { !Catalogue.english[$0]!.contains(where: \.isLetter) }, "\(same)")
    }

    @Test(arguments: [
        ("zh_CN.UTF-8", Language.simplifiedChinese), ("zh-Hans", .simplifiedChinese),
        ("zh_SG", .simplifiedChinese),
        ("zh_TW.UTF-8", .english), ("zh-Hant", .english), ("en_US.UTF-8", .english), ("de_DE", .english),
        ("", .english),
        ("C", .english),
    ]) func theLocaleChoosesTheLanguage(locale: String, language: Language) {
        #expect(Language(environment: ["LANG": locale]) == language)
        #expect(
            Language(environment: ["LANG": "zh_CN", "LC_ALL": locale.isEmpty ? "C" : locale]) == language)
    }

    @Test func valuesStandWhereTheLanguageWantsThem() {
        #expect(Strings(.english)(.scheduleStepOf, "0.1", 2) == "×0.1 each 2 epochs")
        #expect(Strings(.simplifiedChinese)(.scheduleStepOf, "0.1", 2) == "每 2 轮 ×0.1")
    }

    /// Nothing that a warning speaks of is lost, and what to press is named as the person's keys have it.
    @Test(arguments: Language.allCases, TrainerEvent.Warning.Kind.allCases)
    func everyKindOfWarningIsSaid(language: Language, kind: TrainerEvent.Warning.Kind) {
        var state = DashboardState(size: Size(columns: 80, rows: 24), language: language)
        let counts: [TrainerEvent.Warning.Kind: Int] = [
            .lossJumped: 4, .lossNotANumber: 2, .batchesNotApplied: 2, .trainsAlready: 1, .photoSkipped: 2,
            .classOfOne: 1,
            .classOnlyInValidation: 2, .exclusionsMissing: 3, .photosChanged: 1, .engineChanged: 2,
        ]
        let values = (0..<counts[kind, default: 0]).map { "⟨\($0)⟩" }
        _ = state.reduce(
            .session(.training(.warning(.init(kind, "English", values: values))), clock: "12:00"))
        let text = state.log.last?.text ?? ""
        #expect(
            values.allSatisfy(text.contains) && !text.contains("{") && text != "English" && !text.isEmpty,
            "\(text)")
        if [.lossJumped, .lossNotANumber].contains(kind) {
            #expect(
                ["[", "space"].allSatisfy(text.contains) || text.contains(state.keys.label(.togglePause)),
                "\(text)")
        }
    }

    @Test func aWarningOfNoKindIsSaidAsItIs() {
        var state = DashboardState(size: Size(columns: 80, rows: 24), language: .simplifiedChinese)
        _ = state.reduce(.session(.training(.warning(.init(message: "The disk is full."))), clock: "12:00"))
        #expect(state.log.last?.text == "The disk is full.")
    }

    /// On Chinese screens only names and units are in Latin letters.
    @Test(arguments: SnapshotTests.Subject.allCases) func noScreenHasEnglishLeftOver(
        subject: SnapshotTests.Subject
    ) throws {
        var allowed: Set<Substring> = [
            "flowers", "tui", "flower", "photos", "MobileNetV2", "ImageNet", "weights", "from", "Keras", "LR",
            "LR×", "LR÷", "Adam",
            "esc", "enter", "tab", "space", "ctrl", "pgup", "pgdn", "home", "end", "shift", "run", "attach",
            "jpg", "JPEG", "PNG", "dark", "light", "N",
            // What the trainer says is in English, as on the command line.
            "There", "is", "no", "folder", "nowhere", "give", "data", "a", "that", "there",
            "InputLayer", "Conv2D", "BatchNormalization", "ReLU", "DepthwiseConv2D", "Add", "ZeroPadding2D",
            "fast", "zoom", "rate",
            "block", "expand", "depthwise", "project", "add", "pad", "Conv", "bn", "out", "input", "BN",
            "relu", "Conv1", "Conv_1",
            "out_relu", "daisy", "exclude", "txt", "jpeg", "png", "rgb",
            // The doctor's sentences and the names of colour modes, likewise.
            "bad", "empty", "bytes", "training", "validation", "and", "are", "the", "same", "picture",
            "looks", "like", "rather", "than",
        ]
        allowed.formUnion(["daisy", "dandelion", "roses", "sunflowers", "tulips", "bad", "c", "b"])
        let text = try Sample.view().render(subject.state(Size(columns: 200, rows: 60), .simplifiedChinese))
            .plainText
        let words = text.split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.filter { word in
            word.contains(where: \.isLetter) && word.count > 2 && !word.hasPrefix("0x")
        }
        let left = Set(words).subtracting(allowed).filter { word in
            !word.allSatisfy { $0.isNumber || "eMGkxs".contains($0) }
        }
        #expect(left.isEmpty, "\(left.sorted())")
    }
}
