import Basics
import Recipes
package import Sessions

extension ControlFailure: Worded {
    package var english: String {
        switch self {
        case .noPipe(let code): "No pipe can be opened (\(systemReason(code)))."
        case .noSocket(let run, let path, let code):
            "Run \(run) cannot be attached to: \(path) cannot be made (\(systemReason(code)))."
        case .foreignSocket(let path):
            "\(path) belongs to another user's process; only the user who trains a run can attach to it."
        case .foreignRun(let run):
            "Run \(run) belongs to another user; only the user who trains a run can attach to it."
        case .full(let run, let places):
            "Run \(run) is shown in \(places) places already; leave one of them."
        case .otherVersion(let run, let trainer, let frontEnd):
            "Run \(run) is trained by another version of flowers-tui (its protocol is \(trainer), this one's "
                + "\(frontEnd)): attach with the program that trains it."
        case .otherLanguage(let socket):
            "\(socket) is not a flowers-tui run, or belongs to another version: attach with the program that trains the run."
        case .noAnswer(let run, let holder):
            "Run \(run) is trained by \(holder.english), which does not answer: it may be stopped."
        case .unreachable(let run, let holder):
            "Run \(run) is trained by \(holder.english), which cannot be reached from here; end it there."
        case .invalidMessage(let run):
            "The process that trains run \(run) sent an invalid message; attach with the program that trains it."
        case .misfit:
            "The process that trains the run sent photos or predictions that do not fit together."
        case .connectionLost(let run, let holder):
            "The connection to run \(run) is lost; \(holder.english) still trains it: `flowers-tui attach \(run)` tries again."
        case .connectionLostAtEnd(let run, let reason):
            "The connection to run \(run) is lost; it ended as \(reason.rawValue)."
        case .processGone(let run, nil):
            "The process that trained run \(run) is gone without a word, before it was saved."
        case .processGone(let run, let epoch?):
            "The process that trained run \(run) is gone without a word; saved last in epoch \(epoch), it goes on with `flowers-tui --run \(run)`."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .noPipe(let code): "无法打开管道（\(systemReason(code))）。"
        case .noSocket(let run, let path, let code):
            "无法连接到运行 \(run)：不能创建 \(path)（\(systemReason(code))）。"
        case .foreignSocket(let path): "\(path) 属于其他用户的进程；只有训练该运行的用户才能连接。"
        case .foreignRun(let run): "运行 \(run) 属于其他用户；只有训练该运行的用户才能连接。"
        case .full(let run, let places): "运行 \(run) 已在 \(places) 处显示；请先退出其中一处。"
        case .otherVersion(let run, let trainer, let frontEnd):
            "运行 \(run) 由另一版本的 flowers-tui 训练（其协议为 \(trainer)，本程序为 \(frontEnd)）："
                + "请用训练它的程序连接。"
        case .otherLanguage(let socket):
            "\(socket) 不是 flowers-tui 的运行，或属于另一版本：请用训练该运行的程序连接。"
        case .noAnswer(let run, let holder): "训练运行 \(run) 的是\(holder.chinese)，它没有应答：可能已被挂起。"
        case .unreachable(let run, let holder):
            "训练运行 \(run) 的是\(holder.chinese)，从这里无法访问；请在那里结束它。"
        case .invalidMessage(let run): "训练运行 \(run) 的进程发来无效消息；请用训练它的程序连接。"
        case .misfit: "训练该运行的进程发来的照片或预测互不匹配。"
        case .connectionLost(let run, let holder):
            "与运行 \(run) 的连接已断开；\(holder.chinese)仍在训练它：可用 `flowers-tui attach \(run)` 重试。"
        case .connectionLostAtEnd(let run, let reason):
            "与运行 \(run) 的连接已断开；该运行\(reason.chinese)。"
        case .processGone(let run, nil): "训练运行 \(run) 的进程已突然消失，运行尚未保存过。"
        case .processGone(let run, let epoch?):
            "训练运行 \(run) 的进程已突然消失；最后一次保存在第 \(epoch) 轮，可用 `flowers-tui --run \(run)` 继续。"
        }
    }
}

extension RunEndReason {
    fileprivate var chinese: String {
        switch self {
        case .finished: "已完成"
        case .stopped: "已停止"
        case .interrupted: "已中断"
        case .failed: "已失败"
        }
    }
}

extension BackgroundFailure: Worded {
    package var english: String {
        switch self {
        case .noStart(let run, let code):
            "Run \(run) is saved, but the program cannot be started again (\(systemReason(code)))."
        case .notBegun(let run, let seconds):
            "The process that was to go on with run \(run) did not begin within \(seconds) seconds."
        case .ended(let run, let reason):
            "Run \(run) is saved, but could not go on in the background: "
                + (reason.map { "\($0)" } ?? "its process ended without a word.")
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .noStart(let run, let code):
            "运行 \(run) 已保存，但无法再次启动程序（\(systemReason(code))）。"
        case .notBegun(let run, let seconds): "要继续运行 \(run) 的进程在 \(seconds) 秒内没有开始。"
        case .ended(let run, let reason):
            "运行 \(run) 已保存，但无法在后台继续：" + (reason.map(chinese) ?? "其进程已结束，没有任何说明。")
        }
    }
}

extension LiveRunFailure: Worded {
    package var english: String {
        switch self {
        case .noLiveRun(let home):
            "No run of \(home) is being trained: `flowers-tui` begins one, `flowers-tui --run ID` goes on with one."
        case .severalLiveRuns(let runs):
            "Runs \(runs.joined(separator: ", ")) are being trained: say which, such as `flowers-tui attach \(runs.first ?? "")`."
        case .notTrained(let run):
            "No process trains run \(run): `flowers-tui --run \(run)` goes on with it where it was saved."
        case .alreadyOver(let run):
            "No process trains run \(run); it is over, and `flowers-tui runs show \(run)` tells how it stands."
        case .notListening(let run, let holder, let socket):
            "Run \(run) is trained by \(holder.english), which does not listen on \(socket): it can be ended with "
                + "`flowers-tui runs stop \(run)`, but not attached to."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .noLiveRun(let home):
            "\(home) 中没有正在训练的运行：`flowers-tui` 可开始一个，`flowers-tui --run ID` 可继续一个。"
        case .severalLiveRuns(let runs):
            "运行 \(runs.joined(separator: "、")) 都在训练：请指明是哪个，例如 `flowers-tui attach \(runs.first ?? "")`。"
        case .notTrained(let run):
            "没有进程在训练运行 \(run)：`flowers-tui --run \(run)` 可从保存处继续。"
        case .alreadyOver(let run):
            "没有进程在训练运行 \(run)；它已结束，`flowers-tui runs show \(run)` 可查看其状态。"
        case .notListening(let run, let holder, let socket):
            "运行 \(run) 正由\(holder.chinese)训练，但它未在 \(socket) 上监听：可用 "
                + "`flowers-tui runs stop \(run)` 结束，但无法连接。"
        }
    }
}
