import Basics
package import Network

extension MemoryFailure: Worded {
    package var english: String {
        let advice =
            switch remedy {
            case .fewerThreads: "use fewer --threads"
            case .freeOrRaise: "free some, or raise the limit"
            case .batchSize(let size): "--batch-size \(size) would fit"
            case .raiseOrFewerThreads: "raise the limit, or use fewer --threads"
            case .freeOrSmallerImages: "free some, or use a smaller --image-size"
            }
        return "The network takes about \(Machine.size(need)) of memory, but \(limit.english): \(advice)."
    }

    package var simplifiedChinese: String {
        let advice =
            switch remedy {
            case .fewerThreads: "请用 --threads 减少线程"
            case .freeOrRaise: "请释放一些内存，或提高上限"
            case .batchSize(let size): "--batch-size \(size) 可以容纳"
            case .raiseOrFewerThreads: "请提高上限，或用 --threads 减少线程"
            case .freeOrSmallerImages: "请释放一些内存，或用 --image-size 减小图像"
            }
        return "网络约需 \(Machine.size(need)) 内存，但\(limit.chinese)：\(advice)。"
    }
}

extension Machine.Limit {
    fileprivate var english: String {
        switch cause {
        case .machine: "this machine has \(Machine.size(bytes))"
        case .free: "only \(Machine.size(bytes)) of this machine's memory are free"
        case .controlGroup: "this process's control group may use \(Machine.size(bytes))"
        case .addressSpace(let limit): "ulimit -v allows this process \(Machine.size(limit))"
        case .data(let limit): "ulimit -d allows this process \(Machine.size(limit))"
        }
    }

    fileprivate var chinese: String {
        switch cause {
        case .machine: "本机只有 \(Machine.size(bytes))"
        case .free: "本机只有 \(Machine.size(bytes)) 空闲内存"
        case .controlGroup: "本进程的控制组只能使用 \(Machine.size(bytes))"
        case .addressSpace(let limit): "ulimit -v 只允许本进程使用 \(Machine.size(limit))"
        case .data(let limit): "ulimit -d 只允许本进程使用 \(Machine.size(limit))"
        }
    }
}
