internal import Network

/// The base of a network, by its name on the command line. All but torchvision's and
/// EfficientNet-Lite3 and -Lite4 have ImageNet weights that can be fetched.
public enum BaseModel: String, Sendable, CaseIterable {
    case mobileNetV2 = "mobilenet-v2"
    case mobileNetV2At035 = "mobilenet-v2-0.35"
    case mobileNetV2At05 = "mobilenet-v2-0.5"
    case mobileNetV2At075 = "mobilenet-v2-0.75"
    case mobileNetV2At13 = "mobilenet-v2-1.3"
    case mobileNetV2At14 = "mobilenet-v2-1.4"
    case mobileNetV2Torchvision = "mobilenet-v2-torchvision"
    case efficientNetLite0 = "efficientnet-lite0"
    case efficientNetLite1 = "efficientnet-lite1"
    case efficientNetLite2 = "efficientnet-lite2"
    case efficientNetLite3 = "efficientnet-lite3"
    case efficientNetLite4 = "efficientnet-lite4"

    /// Side in pixels of the photos that it usually takes.
    public var standardImageSize: Int { architecture.standardImageSize }

    /// Number of its layers, without the head.
    public var layerCount: Int { architecture.layerCount }

    // The names are the same, which a test checks.
    var architecture: Architecture { Architecture(rawValue: rawValue)! }

    /// - Throws: `TrainingError` if the base takes no photos of this size.
    func check(imageSize: Int) throws {
        let published = Architecture.mobileNetV2.publishedImageSizes
        if architecture.isMobileNetV2 {
            if published.contains(imageSize) { return }
            let sizes = published.map(String.init).joined(separator: ", ")
            throw TrainingError("The image size must be one of \(sizes), not \(imageSize).")
        }
        if architecture.accepts(imageSize: imageSize) { return }
        let sizes = Architecture.imageSizes
        throw TrainingError(
            "The image size must be from \(sizes.lowerBound) to \(sizes.upperBound), not \(imageSize).")
    }
}
