import Basics
import Network

/// Facts about a model that its file leaves open.
package struct ModelOptions: Sendable {
    /// The range to which photos were scaled before they reached a model without scaling layers.
    package enum PixelRange: String, Sendable, CaseIterable {
        /// 0…255.
        case raw
        /// 0…1.
        case unit
        /// −1…1.
        case signed

        var steps: [Preprocessing.Step] {
            switch self {
            case .raw: []
            case .unit: [.arithmetic(.divide, [255])]
            case .signed: Preprocessing.steps(.mobileNetV2)
            }
        }
    }

    /// Names of the outputs, in order.
    package var classes: [String]?
    package var pixels: PixelRange?

    package init(classes: [String]? = nil, pixels: PixelRange? = nil) {
        (self.classes, self.pixels) = (classes, pixels)
    }
}
