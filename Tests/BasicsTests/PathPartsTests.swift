import Foundation
import Testing

@testable import Basics

@Suite struct PathPartsTests {
    /// As the C library's `dirname` and `basename` say.
    @Test(
        arguments: [
            "/", "a", "-", "é", "字", "ab", "/a", "a/", "a//", "a/b", "a//b", "/a/b/", ".", "..",
            "./a",
            "../a", "a/.", "/usr/lib", "names with blanks/x.y", "e\u{301}/e\u{301}", "a/\u{301}b",
        ])
    func theyAreThoseOfTheCLibrary(_ path: String) {
        func library(_ call: (UnsafeMutablePointer<CChar>?) -> UnsafeMutablePointer<CChar>?) -> String {
            let copy = strdup(path)
            defer { free(copy) }
            return String(cString: call(copy)!)
        }
        #expect(Array(PathParts.folder(path).utf8) == Array(library(dirname).utf8))
        #expect(Array(PathParts.name(path).utf8) == Array(library(__xpg_basename).utf8))
    }

    @Test func nothingHasNoName() {
        #expect(PathParts.name("") == "" && PathParts.folder("") == ".")
    }
}
