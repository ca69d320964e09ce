import ArgumentParser
import Photos

/// How a folder's photos are divided.
struct SplitOptions: ParsableArguments {
    @Option(help: "Fraction of the photos kept for validation.")
    var validationSplit = 0.2
    @Option(
        help:
            "Fraction of the photos kept for a test by the best weights at the end; nothing else uses them (default: none)."
    )
    var testSplit: Double?
    @Flag(help: "Divide each class for itself, so that its share is the same in every part.")
    var stratify = false
    @Flag(help: "Take training, validation and test photos from the folders train, val and test of --data.")
    var givenSplit = false

    var plan: SplitPlan {
        SplitPlan(
            validation: validationSplit, test: testSplit ?? 0, isStratified: stratify, isGiven: givenSplit)
    }

    func validate() throws {
        func check(_ condition: Bool, _ message: String) throws {
            if !condition { throw ValidationError(message) }
        }
        try check(
            validationSplit > 0 && validationSplit < 1,
            "--validation-split must be between 0 and 1, not \(validationSplit).")
        if let testSplit {
            try check(
                testSplit > 0 && testSplit < 1, "--test-split must be between 0 and 1, not \(testSplit).")
            try check(
                testSplit + validationSplit < 1,
                "--test-split \(testSplit) and --validation-split \(validationSplit) leave nothing to train on."
            )
        }
        try check(
            !givenSplit || (testSplit == nil && !stratify),
            "--given-split takes the folders as they are; leave --test-split and --stratify out.")
    }
}
