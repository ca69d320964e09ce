import Basics
import Canvas
import Dashboard
import Doctor
import Foundation
import Photos
import Recipes
import ScreenSupport
import Screens
import Sessions
import Testing
import Training

@testable import Terminal

@Suite struct DataErrandsTests {
    /// Pictures of any shape and size are read and scaled down to the size limit.
    @Test(arguments: [(1, 1), (2000, 20), (3, 900)]) func filesOfAnyShapeAreRead(width: Int, height: Int)
        throws
    {
        let path = NSTemporaryDirectory() + "data-screen-\(width)x\(height).jpg"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try DemoFlowers.jpeg(
            RGBImage(width: width, height: height, pixels: Array(repeating: 90, count: width * height * 3))
        )
        .write(to: URL(fileURLWithPath: path))
        let photo = DataErrands.read(0, path)
        #expect(
            photo.facts! == (width, height, try Data(contentsOf: URL(fileURLWithPath: path)).count)
                && photo.problem == nil)
        let image = try #require(photo.image)
        #expect(max(image.width, image.height) <= 960 && image.width >= 1 && image.height >= 1)
        var state = Sample.state(columns: 80, rows: 24)
        Sample.press("2\r", &state)
        _ = state.reduce(.data(.opened(photo)))
        #expect(
            try Sample.view().render(state).plainText.contains("\(width.grouped) × \(height.grouped) pixels"))
        #expect(DataErrands.read(0, path + ".none").problem?.message.contains("There is no file") == true)
    }
}
