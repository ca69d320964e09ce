import Canvas
import ScreenSupport
import Screens
import Testing

@Suite struct PlacedPictureTests {
    /// Screens place pictures only for terminals that can show them, and draw the same cells in any
    /// case.
    @Test func screensKeepTheirCells() throws {
        let view = try Sample.view()
        var state = Sample.state()
        Sample.press("4", &state)
        let plain = view.render(state)
        view.thumbnails.keepsPictures = true
        let placed = view.render(state)
        #expect(plain.pictures.isEmpty && placed.pictures.count == 12)
        #expect(plain.cells == placed.cells && placed.pictures.allSatisfy(placed.isWhole))
        #expect(placed == view.render(state))
        #expect(placed.inASCII().pictures.isEmpty)
    }
}
