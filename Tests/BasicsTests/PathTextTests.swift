import Foundation
import TestSupport
import Testing

@testable import Basics

@Suite struct PathTextTests {
    @Test(arguments: [
        ("daisy/1.jpg", "daisy/1.jpg"), ("caf\u{e9}.jpg", "caf\u{e9}.jpg"), ("cafe\u{301}", "cafe\u{301}"),
        ("a\\b.jpg", "a\\b.jpg"), ("\\x41", "\\x41"), ("\\xe9", "\\xe9"), ("\\xE9", "\\x5CxE9"),
        ("\\x5C", "\\x5Cx5C"), ("雛菊\n🌼", "雛菊\n🌼"), ("", ""),
    ])
    func utf8StaysItselfUnlessItReadsAsAnEscape(path: String, text: String) {
        let found = PathText.text(path.utf8)
        #expect(found.utf8.elementsEqual(text.utf8))
        #expect(PathText.bytes(found) == Array(path.utf8))
    }

    @Test(
        arguments: [
            ([0x63, 0x61, 0x66, 0xe9], "caf\\xE9"), ([0xff, 0xfe], "\\xFF\\xFE"),
            ([0xe2, 0x82, 0x41], "\\xE2\\x82A"), ([0xc0, 0xaf], "\\xC0\\xAF"),
            ([0xed, 0xa0, 0x80], "\\xED\\xA0\\x80"), ([0xf0, 0x9f, 0x8c], "\\xF0\\x9F\\x8C"),
        ] as [([UInt8], String)])
    func otherBytesAreEscaped(path: [UInt8], text: String) {
        #expect(PathText.text(path) == text)
        #expect(PathText.bytes(text) == path)
    }

    /// Any bytes come back, and different bytes have different texts.
    @Test func theTextIsReversible() {
        var random = SplitMix(state: 11)
        let alphabet: [UInt8] = Array("\\x5CEA9é/".utf8) + [0x80, 0xc3, 0xe2, 0xf0, 0xff]
        var paths: [[UInt8]: [UInt8]] = [:]
        for _ in 0..<20_000 {
            let path = (0..<Int(random.next() % 9)).map { _ in
                alphabet[Int(random.next() % UInt64(alphabet.count))]
            }
            let text = PathText.text(path)
            #expect(PathText.bytes(text) == path)
            #expect(paths.updateValue(path, forKey: Array(text.utf8)) ?? path == path)
            let ascii = PathText.ascii(text)
            #expect(ascii.utf8.allSatisfy { $0 < 0x80 } && PathText.bytes(ascii) == path)
        }
    }

    @Test func foldersAreListedByBytes() throws {
        let root = try TemporaryFolder()
        let names: [[UInt8]] = [
            Array("cafe\u{301}".utf8), Array("caf\u{e9}".utf8), [0x63, 0x61, 0x66, 0xe9], Array("Z".utf8),
        ]
        for name in names {
            let path = Array("\(root.path)/".utf8) + name + [0]
            let descriptor = path.withUnsafeBytes {
                Foundation.open($0.bindMemory(to: CChar.self).baseAddress!, O_CREAT | O_WRONLY, 0o644)
            }
            try #require(descriptor >= 0)
            close(descriptor)
        }
        symlink("Z", root("link"))
        mkdir(root("folder"), 0o755)
        symlink("folder", root("way"))
        let entries = try #require(FileCalls.entries(of: root.path))
        #expect(
            entries.map { Array($0.name.utf8) }
                == ["Z", "cafe\u{301}", "caf\u{e9}", "caf\\xE9", "folder", "link", "way"].map {
                    Array($0.utf8)
                })
        #expect(entries.map(\.isFolder) == [false, false, false, false, true, false, true])
        #expect(entries.map(\.isLink) == [false, false, false, false, false, true, true])
        #expect(try BoundedFile.read(root("caf\\xE9"), limit: 10).isEmpty)
        #expect(FileCalls.entries(of: root("none")) == nil && FileCalls.entries(of: root("Z")) == nil)
    }
}
