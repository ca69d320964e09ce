package import Basics
import Foundation
import Network
import Photos

extension Classifier {
    /// Photos that `predict(files:)` should get at a time: several chunks for each worker, so that
    /// few workers wait at the end of a call.
    package var batchCapacity: Int { 4 * engine.batchSize }

    /// Classifies photo files, which are decoded on the workers' threads.
    ///
    /// - Returns: for each file its class probabilities, or the reason why it cannot be decoded.
    package func predict(files: [String]) -> [Result<[Float], UserError>] {
        let batch = FileBatch(files: files, classifier: self)
        let probabilities = probabilities(of: batch)
        return files.indices.map { item in
            if let failure = batch.failure(item) { return .failure(failure) }
            return .success(Array(probabilities[item * classCount..<(item + 1) * classCount]))
        }
    }
}

/// Photo files, decoded as the engine asks for them. One that cannot be decoded becomes a grey
/// image, since the others of its chunk are computed with it; no image influences another.
private final class FileBatch: BatchSource, @unchecked Sendable {
    // Unchecked: `lock` guards the errors; the rest is immutable.
    private let files: [String]
    private let classifier: Classifier
    private let lock = NSLock()
    private var failures: [Int: UserError] = [:]

    init(files: [String], classifier: Classifier) { (self.files, self.classifier) = (files, classifier) }

    var count: Int { files.count }

    func write(_ index: Int, to image: InputImage) {
        do {
            _ = image.values.update(fromContentsOf: try classifier.input(ofFile: files[index]))
        } catch {
            image.values.update(repeating: 0)
            lock.withLock { failures[index] = UserError(error) }
        }
    }

    func failure(_ index: Int) -> UserError? { lock.withLock { failures[index] } }
}
