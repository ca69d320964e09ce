import Basics
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
        // Written by one worker for each file.
        let failures = Failures(count: files.count)
        let probabilities = withEngine {
            $0.predict(count: files.count) { [self] item, output, _, _ in
                do {
                    let pixels = try pixels(of: files[item])
                    output.update(from: Self.normalized(pixels), count: pixels.count)
                } catch {
                    failures[item] = error as? UserError ?? UserError("\(error)")
                    // The chunk is computed all the same; its photos do not influence one another.
                    output.update(repeating: 0, count: imageSize * imageSize * 3)
                }
                return 0
            }
        }
        return files.indices.map { item in
            if let failure = failures[item] { return .failure(failure) }
            return .success(Array(probabilities[item * classCount..<(item + 1) * classCount]))
        }
    }

    /// The errors of a batch, by position.
    private final class Failures: @unchecked Sendable {
        // Unchecked: `lock` guards the errors.
        private let lock = NSLock()
        private var errors: [UserError?]

        init(count: Int) { errors = Array(repeating: nil, count: count) }

        subscript(item: Int) -> UserError? {
            get { lock.withLock { errors[item] } }
            set { lock.withLock { errors[item] = newValue } }
        }
    }
}
