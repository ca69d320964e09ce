import Basics
import CBuild

/// The program's version, as `--version` prints it.
enum Version {
    static let number = "1.0.0"
    /// The commit that it was built from, `unknown` outside of git or without make.
    static var build: String { String(cString: flowers_build()) }
    /// Instruction set of the kernels in use, such as `AVX2`.
    static var instructionSet: String { VectorKernels.best?.name ?? "oneDNN's kernels" }

    static var text: String { text(with: instructionSet) }

    /// - Parameter instructionSet: nil to leave it out.
    static func text(with instructionSet: String?) -> String {
        "flowers-tui \(number) (build \(build)\(instructionSet.map { ", \($0)" } ?? ""))"
    }
}
