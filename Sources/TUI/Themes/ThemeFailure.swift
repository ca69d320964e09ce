import Basics

/// Themes that cannot be used.
package enum ThemeFailure: Failure {
    case noTheme(_ name: String, known: [String])
    case tooLarge(_ file: String, mostKiB: Int)
    case fault(_ file: String, line: Int, Fault)

    package enum Fault: Sendable, Equatable {
        /// The reason is the parser's.
        case notTOML(reason: String)
        case unknownSetting(String)
        case noName
        case nameIsNoText
        case noColors
        case colorsAreNoTable
        case unknownSymbols
        case unknownColor(String)
        case unusableColor(String)
        case missingColor(String)
    }
}
