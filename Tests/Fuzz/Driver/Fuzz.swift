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
                // libFuzzer owns the bytes, and only for this call: they are copied.
                Fuzz.target.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }

    /// Known to be one of the targets by the time that it is first asked for.
    private static let target = FuzzTarget(
        rawValue: ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? "")!
}
