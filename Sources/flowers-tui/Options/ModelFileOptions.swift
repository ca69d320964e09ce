import ArgumentParser
import Training

/// Facts about a model from elsewhere that its file leaves open.
struct ModelFileOptions: ParsableArguments {
    @Option(help: "Names of a model's classes, in the order of its outputs, with commas between them.")
    var classes: String?
    @Option(
        help:
            "How photos were scaled for a model without a layer that does: raw (0 to 255), unit (0 to 1) or signed (−1 to 1)."
    )
    var pixels: ModelOptions.PixelRange?

    var options: ModelOptions {
        ModelOptions(
            classes: classes?.split(separator: ",", omittingEmptySubsequences: false).map(String.init),
            pixels: pixels)
    }
}

extension ModelOptions.PixelRange: ExpressibleByArgument {}

extension Classifier {
    /// Says on standard error what had to be assumed about the file.
    func warnOfAssumption() {
        if let assumption { Console.error("warning: \(assumption)") }
    }
}
