import Foundation
import TestSupport
import Testing

/// The checks that `make run` makes before it builds.
@Suite struct BuildScriptTests {
    /// A version that cannot work ends the build, one that was not tried is only named; both versions are in the sentence.
    @Test(arguments: [
        ("2.5", 1 as Int32, "needs oneDNN 2.6 or later"), ("1.8", 1, "needs oneDNN 2.6 or later"),
        ("2.6", 0, ""),
        ("2.7", 0, ""), ("3.0", 0, ""), ("3.7", 0, ""), ("3.12", 0, "was tried with oneDNN 2.6 to 3.7"),
        ("4.0", 1, "is written for oneDNN 2.6 to 3.7"),
    ])
    func versionOfOneDNNIsChecked(version: String, status: Int32, sentence: String) throws {
        let photos = try TinyPhotos()
        let include = photos.folder.path + "/include"
        let parts = version.split(separator: ".")
        try FileManager.default.createDirectory(
            atPath: include + "/oneapi/dnnl", withIntermediateDirectories: true)
        try Data("#define DNNL_VERSION_MAJOR \(parts[0])\n#define DNNL_VERSION_MINOR \(parts[1])\n".utf8)
            .write(to: URL(fileURLWithPath: include + "/oneapi/dnnl/dnnl_version.h"))
        let result = try Program.shell(
            "CPATH='\(include)' '\(Program.package)/scripts/check-onednn.sh'", in: photos)
        #expect(result.status == status && result.output == "")
        if sentence.isEmpty {
            #expect(result.errors == "")
        } else {
            #expect(result.errors.contains(sentence) && result.errors.contains("this is oneDNN \(version)"))
            #expect(result.errors.split(separator: "\n").count == 1)
        }
    }
}
