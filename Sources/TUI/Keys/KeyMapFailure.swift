import Basics

/// Key bindings that cannot be used.
package enum KeyMapFailure: Failure {
    case noBinding(_ name: String)
    case noKey(_ label: String, binding: String)
    /// The key would have two meanings on one screen.
    case twoMeanings(_ key: String, String, String)
}
