package import Basics

/// A base that this program can train: its name is that of `--model`, in runs and in checkpoints.
package enum Architecture: String, Codable, CaseIterable, Sendable {
    case mobileNetV2 = "mobilenet-v2"
    case mobileNetV2At035 = "mobilenet-v2-0.35"
    case mobileNetV2At05 = "mobilenet-v2-0.5"
    case mobileNetV2At075 = "mobilenet-v2-0.75"
    case mobileNetV2At13 = "mobilenet-v2-1.3"
    case mobileNetV2At14 = "mobilenet-v2-1.4"
    /// MobileNetV2 as torchvision builds it: with other padding, ε and scale than Keras.
    case mobileNetV2Torchvision = "mobilenet-v2-torchvision"
    case efficientNetLite0 = "efficientnet-lite0"
    case efficientNetLite1 = "efficientnet-lite1"
    case efficientNetLite2 = "efficientnet-lite2"
    case efficientNetLite3 = "efficientnet-lite3"
    case efficientNetLite4 = "efficientnet-lite4"

    /// The family, and what tells its members apart.
    package enum Family: Sendable, Equatable {
        /// Sandler et al. 2018, with the width multiplier α.
        case mobileNetV2(alpha: Double)
        /// Google 2020: EfficientNet (Tan & Le 2019) without squeeze-and-excitation and with ReLU6,
        /// scaled in width and depth.
        case efficientNetLite(width: Double, depth: Double)
    }

    package var family: Family {
        switch self {
        case .mobileNetV2, .mobileNetV2Torchvision: .mobileNetV2(alpha: 1)
        case .mobileNetV2At035: .mobileNetV2(alpha: 0.35)
        case .mobileNetV2At05: .mobileNetV2(alpha: 0.5)
        case .mobileNetV2At075: .mobileNetV2(alpha: 0.75)
        case .mobileNetV2At13: .mobileNetV2(alpha: 1.3)
        case .mobileNetV2At14: .mobileNetV2(alpha: 1.4)
        case .efficientNetLite0: .efficientNetLite(width: 1, depth: 1)
        case .efficientNetLite1: .efficientNetLite(width: 1, depth: 1.1)
        case .efficientNetLite2: .efficientNetLite(width: 1.1, depth: 1.2)
        case .efficientNetLite3: .efficientNetLite(width: 1.2, depth: 1.4)
        case .efficientNetLite4: .efficientNetLite(width: 1.4, depth: 1.8)
        }
    }

    package var isMobileNetV2: Bool {
        if case .mobileNetV2 = family { true } else { false }
    }

    /// The name as its authors write it, such as `MobileNetV2` or `EfficientNet-Lite0`.
    package var title: String {
        switch family {
        case .mobileNetV2 where self == .mobileNetV2Torchvision: "torchvision's MobileNetV2"
        case .mobileNetV2(let alpha): alpha == 1 ? "MobileNetV2" : "MobileNetV2 α \(alpha)"
        case .efficientNetLite: "EfficientNet-Lite\(rawValue.last!)"
        }
    }

    /// Side of the photos that a run takes unless it is told otherwise.
    package var standardImageSize: Int {
        switch self {
        case .efficientNetLite0, .mobileNetV2Torchvision: 224
        case .efficientNetLite1: 240
        case .efficientNetLite2: 260
        case .efficientNetLite3: 280
        case .efficientNetLite4: 300
        default: 160
        }
    }

    /// Sides of photos on which ImageNet weights were trained and published.
    package var publishedImageSizes: [Int] {
        isMobileNetV2 ? Self.kerasSizes.filter { $0 == 224 || !isWide } : [standardImageSize]
    }
    private static let kerasSizes = [96, 128, 160, 192, 224]
    /// Keras has weights of the networks wider than α = 1 for photos of 224×224 only.
    private var isWide: Bool {
        if case .mobileNetV2(let alpha) = family { alpha > 1 } else { false }
    }

    /// Whether the network can be built for photos of that side. MobileNetV2 halves it five times
    /// without remainder, as Keras demands; EfficientNet-Lite rounds up.
    package func accepts(imageSize: Int) -> Bool {
        Self.imageSizes.contains(imageSize) && (!isMobileNetV2 || imageSize % 32 == 0)
    }
    package static let imageSizes = 32...1024

    /// The photos' scale that the published weights were trained on.
    package var inputScale: InputScale {
        switch self {
        case .mobileNetV2Torchvision: .imageNet
        default: isMobileNetV2 ? .mobileNetV2 : .efficientNetLite
        }
    }

    /// Where the convolutions put their padding, and ε of the batch normalisations.
    package var padding: Backbone.PaddingRule { self == .mobileNetV2Torchvision ? .symmetric : .same }
    package var epsilon: Float {
        self == .mobileNetV2Torchvision ? TorchvisionMobileNetV2.epsilon : Backbone.standardEpsilon
    }

    /// Number of layers of the base.
    package var layerCount: Int { Self.layerCounts[self]! }
    private static let layerCounts: [Architecture: Int] = Dictionary(
        uniqueKeysWithValues: allCases.map {
            ($0, Backbone($0, imageSize: $0.standardImageSize).layers.count)
        })
    /// Layers of the base with the most.
    package static let mostLayers = layerCounts.values.max()!

    /// First layer that trains in stage 2 unless a run is told otherwise: for MobileNetV2 layer 100,
    /// in block 11, as in Keras' tutorial; for EfficientNet-Lite the first of its sixth stage. In
    /// both a good three quarters of the weights then train.
    package var standardFineTuneAt: Int { Self.boundaries[self]! }
    private static let boundaries = indices {
        // Layer 100, but with torchvision's padding, which adds a layer.
        $0.isMobileNetV2 ? "block_11_expand_relu" : "block6a_expand_conv"
    }

    /// First layer that trains where all but the lowest stages do, those that see edges and spots: the
    /// first that halves the photo for the third time.
    package var lowFineTuneAt: Int { Self.lowBoundaries[self]! }
    private static let lowBoundaries = indices {
        $0.isMobileNetV2 ? "block_3_expand" : "block3a_expand_conv"
    }

    /// The index of one layer in each architecture, by its name there.
    private static func indices(_ name: (Architecture) -> String) -> [Architecture: Int] {
        Dictionary(
            uniqueKeysWithValues: allCases.map { architecture in
                let layers = Backbone(architecture, imageSize: architecture.standardImageSize).layers
                return (architecture, layers.first { $0.name == name(architecture) }!.index)
            })
    }
}
