package import Basics
import Foundation
import Network

/// The contents of the files made by `Tests/Fixtures/readers/make_fixtures.py`, and their paths.
package enum ReaderFixtures {
    package static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/readers/\(name)").path
    }

    /// `filled` of that script: values that depend on the tensor's name.
    package static func filled(_ name: String, _ shape: [Int]) -> Tensor {
        let first = Float(fnv1a(name) % 1000)
        return Tensor(shape: shape, values: (0..<shape.reduce(1, *)).map { first + Float($0 % 4) })
    }

    package static func base() -> NamedTensors {
        let weights = Backbone(.mobileNetV2, imageSize: 160).weights
        return Dictionary(uniqueKeysWithValues: weights.map { ($0.name, filled($0.name, $0.shape)) })
    }

    private static func fnv1a(_ name: String) -> UInt32 {
        name.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}

/// The message of the `Failure` that `body` throws, or a note in parentheses if it throws another
/// error or none.
package func userErrorMessage(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "(no error)"
    } catch let error as any Failure {
        return error.message
    } catch {
        return "(not a Failure: \(error))"
    }
}
