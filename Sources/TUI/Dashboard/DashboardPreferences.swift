/// View settings that are kept between sessions, as `dashboard.json` in the home folder.
package struct DashboardPreferences: Codable, Sendable, Equatable {
    var layout: ChartLayout?
    var axis: ChartState.Axis?
    var smoothing: Double?
    var isLogarithmic: Bool?
    package var theme: String?

    package init() {}
}

extension DashboardState {
    /// Applies saved preferences, ignoring values that this version does not offer.
    mutating func adopt(_ preferences: DashboardPreferences) {
        if let layout = preferences.layout { charts.layout = layout }
        if let axis = preferences.axis { charts.axis = axis }
        if let isLogarithmic = preferences.isLogarithmic { charts.isLogarithmic = isLogarithmic }
        if let smoothing = preferences.smoothing, ChartState.smoothings.contains(smoothing) {
            charts.history.smooth(smoothing)
        }
    }

    var preferences: DashboardPreferences {
        var result = DashboardPreferences()
        (result.layout, result.axis, result.theme) = (charts.layout, charts.axis, themes.chosen)
        (result.smoothing, result.isLogarithmic) = (charts.history.smoothing, charts.isLogarithmic)
        return result
    }
}
