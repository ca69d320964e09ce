import COneDNN
import Foundation

/// The processor, as far as it decides how a network is computed.
package struct Processor: Sendable, Equatable {
    /// Its maker's name, such as `Intel(R) Xeon(R) Processor`; `unknown` where the system does not tell.
    package var name: String
    /// The units that multiply pairs of bfloat16; nil without any.
    package var bfloat16: BFloat16Units?

    package enum BFloat16Units: String, Sendable {
        /// `VDPBF16PS` on vectors of 512 bits.
        case avx512 = "AVX512-BF16"
        /// `TDPBF16PS` on tiles.
        case amx = "AMX-BF16"
    }

    package init(name: String, bfloat16: BFloat16Units?) { (self.name, self.bfloat16) = (name, bfloat16) }

    /// The one that this process runs on. `DNNL_MAX_CPU_ISA` limits it as it does oneDNN.
    package static let current = Processor(name: systemName, bfloat16: units)

    private static var systemName: String {
        guard let file = FileHandle(forReadingAtPath: "/proc/cpuinfo") else { return "unknown" }
        defer { try? file.close() }
        let text = String(decoding: (try? file.read(upToCount: 65_536)) ?? Data(), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces)
        return name.flatMap { $0.isEmpty ? nil : $0 } ?? "unknown"
    }

    private static var units: BFloat16Units? {
        #if arch(x86_64)
            let features = dnnl_get_effective_cpu_isa().rawValue
            func has(_ isa: dnnl_cpu_isa_t) -> Bool { features & isa.rawValue == isa.rawValue }
            if has(dnnl_cpu_isa_avx512_core_amx) { return .amx }
            return has(dnnl_cpu_isa_avx512_core_bf16) ? .avx512 : nil
        #else
            return nil
        #endif
    }
}
