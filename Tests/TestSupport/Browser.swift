package import Canvas
import Foundation
import Photos

/// Headless Chromium, for tests of what a reader of pages and pictures sees.
package enum Browser {
    package static let isInstalled = FileManager.default.isExecutableFile(atPath: program)
    private static let program = "/usr/bin/chromium"

    /// Returns the texts of a page's `output` element, one a line, once its scripts have run.
    package static func output(of page: String) throws -> [String] {
        let folder = try TemporaryFolder()
        try Data(page.utf8).write(to: URL(fileURLWithPath: folder("page.html")))
        let dumped = try run(["--dump-dom", "file://\(folder("page.html"))"], in: folder)
        guard let start = dumped.range(of: "<output>"),
            let end = dumped.range(of: "</output>", range: start.upperBound..<dumped.endIndex)
        else { throw Failure(output: dumped) }
        let text = dumped[start.upperBound..<end.lowerBound].replacing("&lt;", with: "<")
            .replacing("&gt;", with: ">").replacing("&amp;", with: "&")
        return text.split(separator: "\n").map(String.init)
    }

    /// Takes a screenshot of a local file; it is higher than asked for.
    ///
    /// - Parameter height: of the page; the browser takes part of its window for itself.
    package static func picture(of file: String, width: Int, height: Int) throws -> RGBImage {
        let folder = try TemporaryFolder()
        _ = try run(
            [
                "--hide-scrollbars", "--window-size=\(width),\(height + 200)",
                "--screenshot=\(folder("picture.png"))", "file://\(file)",
            ], in: folder)
        return try RGBImage(file: folder("picture.png"))
    }

    private static func run(_ arguments: [String], in folder: TemporaryFolder) throws -> String {
        let browser = Process()
        browser.executableURL = URL(fileURLWithPath: program)
        browser.arguments =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--user-data-dir=\(folder("browser"))",
            ] + arguments
        browser.environment = ["HOME": folder.path, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
        let pipe = Pipe()
        (browser.standardOutput, browser.standardError) = (pipe, FileHandle.nullDevice)
        try browser.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        browser.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }

    /// The browser gave no `output` element.
    package struct Failure: Error {
        package var output: String
    }
}
