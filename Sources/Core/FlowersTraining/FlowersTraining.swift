/// The training library: everything of flowers-tui that trains, without a terminal.
///
/// ```swift
/// import FlowersTraining
///
/// let photos = try PhotoFolder("flower_photos")
/// var recipe = TrainingRecipe()
/// recipe.epochs = 3
/// let classifier = try ImageClassifier.train(on: photos, recipe: recipe) { event in
///     if case .epochEnded(let epoch) = event { print(epoch.epoch, epoch.validationAccuracy) }
/// }
/// print(try classifier.evaluate(on: photos).accuracy)
/// print(try classifier.predict("rose.jpg")[0].label)
/// try classifier.save(to: "flowers.safetensors")
/// ```
///
/// - Guarantees: computes the same bits as `flowers-tui train` with the same recipe and photos. Reads
///   and writes only what it is told to: no home folder, no socket, no database. ImageNet's weights,
///   unless a file is named, come from the program's cache, into which they are fetched once.
/// - Never: prints, or ends the process.
///
/// Files: `PhotoFolder` (a folder of labelled photos, for a `BaseModel`), `TrainingRecipe` (what to train and how),
/// `ImageClassifier` (train, evaluate, predict, save, load), `TrainingEvent`.
public enum FlowersTraining {}
