// Wording: the sentences for what can go wrong in Core, in every language.
//
// It promises one clear sentence for each failure: what went wrong, where, and what helps, by the
// command line's own words. It never decides whether something failed, and no file of Core words a
// failure or names an option.
//
// One file for each subject of failures, with both languages side by side. Failures of Keys, Themes
// and Terminal, which are above this layer, have their words beside them.

package import Basics
package import Phrases

/// A failure with sentences. The conformance to `CustomStringConvertible` is what makes `"\(error)"`
/// a sentence in English, in logs as on standard error.
package protocol Worded: Failure, CustomStringConvertible {
    var english: String { get }
    var simplifiedChinese: String { get }
}

extension Worded {
    package var description: String { english }
}

extension Strings {
    /// Returns the sentence for an error in this language; the text that it has itself if there is
    /// none for it.
    package func callAsFunction(_ error: any Error) -> String {
        guard let worded = ((error as? UserError)?.failure ?? error) as? any Worded else { return "\(error)" }
        return switch language {
        case .english: worded.english
        case .simplifiedChinese: worded.simplifiedChinese
        }
    }
}
