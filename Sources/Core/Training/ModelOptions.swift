import Basics
import Network
package import Recipes

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
    /// The views of each photo; nil for those of the run's final evaluation, or the photo alone.
    package var views: TestTimeViews?

    package init(
        classes: [String]? = nil, pixels: PixelRange? = nil, views: TestTimeViews? = nil
    ) {
        (self.classes, self.pixels, self.views) = (classes, pixels, views)
    }
}
