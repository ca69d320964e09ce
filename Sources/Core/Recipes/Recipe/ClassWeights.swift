import Basics
import Foundation
package import Photos

/// Weights of the classes' photos in loss and gradient, Keras' `class_weight`.
package enum ClassWeights: Sendable, Hashable {
    /// Photos / (classes · photos of the class), of the training photos: each class counts as much as
    /// any other.
    case balanced
    /// By class name; classes that are not named have weight 1.
    case given([String: Double])

    /// Allowed weights.
    package static let range = 1e-6...1e6

    /// Reads a JSON object of numbers by class name.
    ///
    /// - Throws: `ClassWeightsFailure`.
    package init(path: String) throws {
        guard let data = try? BoundedFile.read(path, limit: 1 << 20) else {
            throw ClassWeightsFailure.cannotBeRead(path)
        }
        guard let weights = try? JSONDecoder().decode([String: Double].self, from: data), !weights.isEmpty
        else { throw ClassWeightsFailure.noWeights(path) }
        if let wrong = weights.sorted(by: { $0.key < $1.key }).first(where: { !Self.range.contains($0.value) }
        ) {
            throw ClassWeightsFailure.outOfRange(path, class: wrong.key, weight: wrong.value)
        }
        self = .given(weights)
    }

    /// Returns the weight of each class.
    ///
    /// - Parameter counts: training photos of each class.
    /// - Throws: `ClassWeightsFailure` for a name that is no class.
    package func values(_ classes: [String], counts: [Int]) throws -> [Float] {
        switch self {
        case .balanced:
            let photos = Double(counts.reduce(0, +))
            return counts.map { $0 > 0 ? Float(photos / (Double(counts.count) * Double($0))) : 1 }
        case .given(let weights):
            if let unknown = weights.keys.sorted().first(where: { !classes.contains($0) }) {
                throw ClassWeightsFailure.unknownClass(unknown, classes: classes)
            }
            return classes.map { Float(weights[$0] ?? 1) }
        }
    }

    var isPlausible: Bool {
        switch self {
        case .balanced: true
        case .given(let weights): weights.values.allSatisfy(Self.range.contains)
        }
    }
}

/// `balanced`, or `daisy 2.5, roses 1.0`.
extension ClassWeights: CustomStringConvertible {
    package var description: String {
        switch self {
        case .balanced: "balanced"
        case .given(let weights):
            weights.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
    }
}

/// `"balanced"`, or an object of numbers.
extension ClassWeights: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let weights = try? container.decode([String: Double].self) {
            self = .given(weights)
        } else if try container.decode(String.self) == "balanced" {
            self = .balanced
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no class weights")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .balanced: try container.encode("balanced")
        case .given(let weights): try container.encode(weights)
        }
    }
}

extension Recipe {
    /// Whether batches draw all classes alike often and their photos have balanced weights besides, so that
    /// a class counts the more in the loss, the fewer photos it has.
    package var balancesTwice: Bool { balancedSampling == true && classWeights == .balanced }

    /// Whether a problem with the photos is what this recipe makes up for.
    package func makesUpFor(_ problem: DatasetProblem) -> Bool {
        guard case .imbalance = problem else { return false }
        return balancedSampling == true || classWeights != nil
    }
}

/// Weights of classes that cannot be used.
package enum ClassWeightsFailure: Failure {
    case cannotBeRead(_ path: String)
    /// A file that is no JSON object of numbers.
    case noWeights(_ path: String)
    case outOfRange(_ path: String, class: String, weight: Double)
    case unknownClass(_ name: String, classes: [String])
}
