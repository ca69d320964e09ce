import Basics
import Foundation
import Phrases
import Testing
import Wording

/// The words for files that cannot be written: the cause, and the option that moves the file.
@Suite struct FileFailureTests {
    @Test func adviceNamesTheRightOption() {
        let home = "/no-such-folder-\(UUID().uuidString)"
        Places.noteHome(home)
        func sentence(_ path: String, _ code: Int32) -> String {
            "\(FileFailure.cannotBeWritten(path, code: code))"
        }
        #expect(sentence(home + "/runs/0001/last.safetensors", EACCES).contains("--home"))
        #expect(sentence(Home.cachePath() + "/pixels/a.cache", EROFS).contains("$FLOWERS_TUI_CACHE"))
        #expect(sentence(Home.cachePath() + "/pixels/a.cache", ENOSPC).contains("flowers-tui cache clear"))
        #expect(sentence("/elsewhere/out.html", EROFS).contains("read-only; choose another place"))
        #expect(sentence("/elsewhere/a", EMFILE).contains("ulimit -n"))
    }

    /// Errors of any kind have words: a failure's in the language, others' their own.
    @Test func everyErrorHasWords() {
        let failure = SafetensorsFailure("/a", .noHeader)
        #expect(UserError(failure).message == failure.english)
        #expect(Strings(.simplifiedChinese)(UserError(failure)) == failure.simplifiedChinese)
        #expect(Strings(.simplifiedChinese)(failure).contains("/a"))
        #expect(Strings(.english)(CocoaError(.fileNoSuchFile)) == "\(CocoaError(.fileNoSuchFile))")
        #expect(UserError(UserError(failure)) == UserError(failure) && UserError("x") != UserError(failure))
    }
}
