package import Basics

extension DownloadFailure: Worded {
    package var english: String {
        switch fault {
        case .noAnswer(let seconds): "\(url) did not answer within \(seconds) s."
        case .larger(let most): "\(url) is refused: it sends more than \(most) MiB."
        case .status(let status): "\(url) answered with HTTP status \(status)."
        case .unreachable(let reason): "\(url) cannot be fetched: \(reason)."
        case .noHTTP: "\(url) gave no HTTP answer."
        case .brokeOff(let received, let expected):
            "\(url) broke off after \(received) of \(expected) bytes."
        }
    }

    package var simplifiedChinese: String {
        switch fault {
        case .noAnswer(let seconds): "\(url) 在 \(seconds) 秒内没有应答。"
        case .larger(let most): "拒绝下载 \(url)：其内容超过 \(most) MiB。"
        case .status(let status): "\(url) 返回 HTTP 状态 \(status)。"
        case .unreachable(let reason): "无法下载 \(url)：\(reason)。"
        case .noHTTP: "\(url) 没有返回 HTTP 应答。"
        case .brokeOff(let received, let expected): "\(url) 在收到 \(received)/\(expected) 字节后中断。"
        }
    }
}
