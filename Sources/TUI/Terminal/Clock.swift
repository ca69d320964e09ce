import Foundation

/// Formats times of day for the log.
package enum Clock {
    /// Hours and minutes, in local time, of a time in seconds since 1970.
    package static func text(_ seconds: Double) -> String {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        return String(format: "%02d:%02d", parts.tm_hour, parts.tm_min)
    }
}
