package import Phrases

package enum ChartKind: String, CaseIterable, Codable, Sendable {
    case accuracy, loss, learningRate, gap, gradientNorm, speed, resources

    package var title: Phrase {
        switch self {
        case .accuracy: .chartAccuracy
        case .loss: .chartLoss
        case .learningRate: .chartRate
        case .gap: .chartGap
        case .gradientNorm: .chartGradientNorm
        case .speed: .chartSpeed
        case .resources: .chartResources
        }
    }

    /// A shorter title for where `title` does not fit.
    package var shortTitle: Phrase {
        switch self {
        case .learningRate: .chartRateShort
        case .gap: .chartGapShort
        case .gradientNorm: .chartGradientShort
        case .speed: .chartSpeedShort
        case .resources: .chartResourcesShort
        case .accuracy, .loss: title
        }
    }

    /// Whether the y axis can be logarithmic. The gap may be negative, and shares start at 0.
    package var hasLogarithm: Bool { self != .gap && self != .resources }
    /// Whether the y axis is logarithmic without being asked: rates differ by factors.
    package var isAlwaysLogarithmic: Bool { self == .learningRate }
    /// Values that the full range includes besides those that are there; empty if there is none.
    package var ends: [Double] {
        switch self {
        case .accuracy: [0, 1]
        case .loss, .gradientNorm, .speed: [0]
        case .learningRate, .gap, .resources: []
        }
    }
    /// Whether outliers can be cut off. Shares have fixed ends.
    package var hasOutliers: Bool { self != .resources }
}
