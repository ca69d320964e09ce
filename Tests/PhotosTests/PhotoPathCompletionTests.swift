import Foundation
import TestSupport
import Testing

@testable import Photos

@Suite struct PhotoPathCompletionTests {
    @Test func pathsAreCompletedAsFarAsTheyAreCertain() throws {
        let folder = try TemporaryFolder()
        let manager = FileManager.default
        for name in ["roses", "rosettes", ".hidden"] {
            try manager.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        }
        for name in ["rose.jpg", "daisy.PNG", "notes.txt", "roses/a b.jpeg"] {
            try Data().write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
        }
        func complete(_ text: String) -> (text: String, names: [String]) {
            let result = PhotoPathCompletion("\(folder.path)/\(text)")
            return (String(result.text.dropFirst(folder.path.count + 1)), result.names)
        }
        #expect(complete("r") == ("rose", ["rose.jpg", "roses/", "rosettes/"]))
        #expect(complete("roses") == ("roses/", ["roses/"]))
        #expect(complete("roses/") == ("roses/a b.jpeg", ["a b.jpeg"]))
        #expect(complete("d") == ("daisy.PNG", ["daisy.PNG"]))
        #expect(complete("n") == ("n", []) && complete("none/x") == ("none/x", []))
        #expect(complete(".h") == (".hidden/", [".hidden/"]))
        #expect(!complete("").names.contains(".hidden/"))
        #expect(PhotoPathCompletion("~").text == "~/")
    }
}
