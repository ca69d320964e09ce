// Trains on a folder of photos, one folder per class, evaluates, predicts and saves:
// swift run Train FOLDER PHOTO [WEIGHTS]
import FlowersTraining

@main enum Train {
    static func main() throws {
        let arguments = CommandLine.arguments
        let photos = try PhotoFolder(arguments[1])
        var recipe = TrainingRecipe()
        (recipe.epochs, recipe.fineTuneEpochs) = (3, 0)
        if arguments.count > 3 { recipe.weights = .file(arguments[3]) }
        let classifier = try ImageClassifier.train(on: photos, recipe: recipe) { event in
            if case .epochEnded(let epoch) = event {
                print("epoch \(epoch.epoch + 1): \(epoch.validationAccuracy)")
            }
        }
        print("accuracy: \(try classifier.evaluate(on: photos).accuracy)")
        print("\(arguments[2]): \(try classifier.predict(arguments[2])[0].label)")
        try classifier.save(to: "flowers.safetensors")
    }
}
