import CLibFuzzer
import Foundation

/// Runs libFuzzer on the reader that `FUZZ_TARGET` names. Its arguments are libFuzzer's own.
@main enum Fuzz {
    static func main() {
        let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
        guard FuzzTarget(rawValue: name) != nil else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
            print(names)
            exit(name.isEmpty ? 0 : 2)
        }
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
                // The bytes belong to libFuzzer and are valid only during this call, so they are
                // copied.
                Fuzz.target.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }

    /// `main` has checked the name before this is first used.
    private static let target = FuzzTarget(
        rawValue: ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? "")!
}
