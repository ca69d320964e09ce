import Canvas
import Dashboard
import Foundation
import Keys
import Recipes
import ScreenSupport
import Sessions
import TestSupport
import Testing

/// The dashboard's loop, without a terminal, beside a real trainer; `make soak` runs it under
/// ThreadSanitizer.
@Suite struct LiveScreensTests {
    @Test func screensFollowALiveTrainer() throws {
        let photos = try TinyPhotos()
        var recipe = photos.recipe
        (recipe.epochs, recipe.fineTuneEpochs) = (1, 1)
        var options = photos.options()
        let news = DispatchSemaphore(value: 0)
        options.observer = { _ in news.signal() }
        let session = RunSession(recipe, options)
        session.start()
        let view = try Sample.view()
        var state = DashboardState(size: Size(columns: 120, rows: 40))
        // Every screen, and commands to the running training.
        let keys: [Key] = "1[2r 3]  4r1vsn \u{1}2r3x4U".map { $0 == "\u{1}" ? .enter : .character($0) }
        var frames = 0
        func step(_ key: Key?) {
            for event in session.drainEvents() { _ = state.reduce(.session(event, clock: "12:00")) }
            let effects = key.map { state.reduce(.key($0)) } ?? []
            for case .send(let command) in effects { session.send(command) }
            _ = state.reduce(.tick(Double(frames) / 20))
            #expect(view.render(state).size == state.size)
            frames += 1
        }
        while session.result == nil {
            // A frame for each event, and one now and then without any.
            _ = news.wait(timeout: .now() + 0.05)
            // If a key paused the run, the next one resumes it.
            step(frames % 3 == 0 ? state.isPaused ? .character(" ") : keys[frames / 3 % keys.count] : nil)
        }
        step(nil)
        #expect(try session.wait() == .finished)
        #expect(state.ended != nil && state.epochs.count == 2 && state.predictions != nil)
        #expect(frames > 20)
    }
}
