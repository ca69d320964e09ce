import CDirectColor
import CNcurses
import Foundation
import Testing

/// The direct colour sequences equal those of ncurses' own formatting.
@Suite struct DirectColorTests {
    private static func direct(_ layer: String, _ first: String, _ second: String) -> String {
        "\u{1b}[%?%p1%{8}%<%t\(layer)%p1%d%e\(layer)8\(first)%p1%{65536}%/%d\(second)%p1%{256}%/%{255}%&%d\(second)%p1%{255}%&%d%;m"
    }

    private static let colors: [Int32] = [
        8, 9, 10, 99, 100, 255, 256, 0x00ff00, 0xff0000, 0x0a0b64, 0x123456, 0xc80963, 0xffffff,
    ]

    @Test(arguments: ["3", "4"], [(":2::", ":"), (":2:", ":"), (";2;", ";")])
    func aKnownFormatMakesWhatNcursesMakes(layer: String, separators: (String, String)) {
        let format = Self.direct(layer, separators.0, separators.1)
        for color in Self.colors {
            let expected = String(cString: flowers_parameterized(format, color))
            #expect(flowers_direct_color(format, color).map { String(cString: $0) } == expected)
        }
    }

    /// The formats of the terminfo entries, as `infocmp` prints them, are recognised. The entries
    /// come with a package that the tests need.
    @Test(arguments: [
        "xterm-direct", "tmux-direct", "kitty-direct", "konsole-direct", "vte-direct", "alacritty-direct",
    ])
    func installedEntriesAreKnown(name: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/infocmp")
        process.arguments = ["-1", name]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        try process.run()
        let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(
            separator: "\n")
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "there is no entry \(name)")
        var found: [Substring] = []
        for line in lines {
            let text = line.drop { $0 == "\t" }.dropLast()
            guard text.hasPrefix("setaf=") || text.hasPrefix("setab=") else { continue }
            found.append(text.prefix(5))
            let format = text.dropFirst(6).replacingOccurrences(of: "\\E", with: "\u{1b}")
            #expect(flowers_direct_color(format, 0x123456) != nil, "\(text)")
        }
        #expect(found == ["setab", "setaf"])
    }

    @Test func whatIsNotKnownIsLeftToNcurses() {
        let format = Self.direct("3", ":2::", ":")
        for color: Int32 in [-1, 0, 7, 1 << 24] { #expect(flowers_direct_color(format, color) == nil) }
        #expect(flowers_direct_color("\u{1b}[3%p1%dm", 0x123456) == nil)
        #expect(flowers_direct_color("", 0x123456) == nil)
        #expect(flowers_direct_color(nil, 0x123456) == nil)
    }
}
