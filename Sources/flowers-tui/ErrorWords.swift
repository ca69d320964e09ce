import Basics
import Recipes
import Runs
import Sessions

extension UserError {
    /// Words an error that advises a command or an option; nil for other errors.
    init?(advising error: any Error) {
        switch error {
        case let error as LiveRunError: self.init(error.words)
        case let error as RunChanges.NothingLeft: self.init(error.words)
        default: return nil
        }
    }
}

extension LiveRunError {
    fileprivate var words: String {
        switch self {
        case .noLiveRun(let home):
            "No run of \(home) is being trained: `flowers-tui` begins one, `flowers-tui --run ID` goes on with one."
        case .severalLiveRuns(let runs):
            "Runs \(runs.joined(separator: ", ")) are being trained: say which, such as `flowers-tui attach \(runs[0])`."
        case .notTrained(let run):
            "No process trains run \(run): `flowers-tui --run \(run)` goes on with it where it was saved."
        case .alreadyOver(let run):
            "No process trains run \(run); it is over, and `flowers-tui runs show \(run)` tells how it stands."
        case .notListening(let run, let holder, let socket):
            "Run \(run) is trained by \(holder), which does not listen on \(socket): it can be ended with "
                + "`flowers-tui runs stop \(run)`, but not attached to."
        }
    }
}

extension RunChanges.NothingLeft {
    fileprivate var words: String {
        let option =
            switch stage {
            case .head: "--epochs"
            case .fineTune: "--fine-tune-epochs"
            }
        return
            "All \(epochs) epochs of that checkpoint are done, so nothing is left to train: give more with \(option)."
    }
}
