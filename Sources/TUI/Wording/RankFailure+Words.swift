import Basics
import Foundation
import Phrases
package import Ranks

extension RankFailure: Worded {
    package var english: String {
        switch self {
        case .notBuilt(let ranks):
            "mpirun starts \(ranks) processes, and this program was built without MPI: build it with "
                + "`swift build -c release --traits MPI`, or use `make run-mpi N=\(ranks)`, which also installs Open MPI."
        case .noJob: "Open MPI does not let this process take part in the job; see what mpirun says."
        case .gone(let member): "\(member.english) has ended; all ranks end. \(Self.saved)"
        case .someGone: "A rank has ended, which mpirun names; all ranks end. \(Self.saved)"
        case .silent(let member, let seconds):
            "Nothing has come from \(member.inside) for \(seconds) seconds: it is stopped, or cut off from the "
                + "network; all ranks end. \(Self.saved)"
        case .endedWaiting(let members):
            "The run was asked to end while it waited for \(list(members, inside: true)). \(Self.saved)"
        case .diverged(let members):
            "The weights of \(list(members, inside: true)) are no longer those of rank 0: its memory or its network may be "
                + "faulty; all ranks end."
        case .noMemory(let members): "The memory does not suffice on \(list(members, inside: true))."
        case .versions(let members, let theirs, let ours):
            "\(list(members)) has \(theirs), and rank 0 has \(ours): install the same program everywhere."
        case .options(let members):
            "\(list(members)) was started with other options than rank 0: give all ranks the same."
        case .photos(let members, let theirs, let ours):
            "\(list(members)) has other photos than rank 0 (number and checksums \(theirs), not \(ours)): copy the "
                + "folder anew, or share one."
        case .moreRanksThanPhotos(let ranks, let batch):
            "\(ranks) ranks cannot share batches of \(batch.of("photo")): start fewer with mpirun -n, or give a larger "
                + "--batch-size."
        case .refused(let member, let reason): "\(member.english) cannot take part. \(reason)"
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .notBuilt(let ranks):
            "mpirun 启动了 \(ranks) 个进程，但此程序编译时未启用 MPI：请用 `swift build -c release --traits MPI` "
                + "重新编译，或使用 `make run-mpi N=\(ranks)`，它会一并安装 Open MPI。"
        case .noJob: "Open MPI 不允许此进程加入作业；请查看 mpirun 的输出。"
        case .gone(let member): "\(member.chinese)已退出；所有进程随之结束。\(Self.chineseSaved)"
        case .someGone: "有一个进程已退出（见 mpirun 的提示）；所有进程随之结束。\(Self.chineseSaved)"
        case .silent(let member, let seconds):
            "\(member.chinese)已 \(seconds) 秒没有任何消息：它已停止，或网络已断开；所有进程随之结束。"
                + Self.chineseSaved
        case .endedWaiting(let members):
            "等待\(chineseList(members))时收到结束请求。\(Self.chineseSaved)"
        case .diverged(let members):
            "\(chineseList(members))的权重与 rank 0 不再一致：其内存或网络可能有故障；所有进程随之结束。"
        case .noMemory(let members): "\(chineseList(members))的内存不足。"
        case .versions(let members, let theirs, let ours):
            "\(chineseList(members))的版本是 \(theirs)，而 rank 0 是 \(ours)：请在各处安装同一版本。"
        case .options(let members):
            "\(chineseList(members))启动时的选项与 rank 0 不同：请给所有进程相同的选项。"
        case .photos(let members, let theirs, let ours):
            "\(chineseList(members))的照片与 rank 0 不同（数量和校验和为 \(theirs)，而非 \(ours)）："
                + "请重新复制文件夹，或共用同一个。"
        case .moreRanksThanPhotos(let ranks, let batch):
            "\(ranks) 个进程无法分担每批 \(batch) 张照片：请用 mpirun -n 减少进程，或增大 --batch-size。"
        case .refused(let member, let reason): "\(member.chinese)无法参与。\(chinese(reason))"
        }
    }

    private static let saved =
        "The run is saved as of its last whole batch, if it had begun; `flowers-tui runs resume` goes on with it on any number of ranks."
    private static let chineseSaved =
        "如果运行已开始，则已保存到最后一个完整批次；`flowers-tui runs resume` 可用任意数量的进程继续。"
}

extension RankNotice: Worded {
    package var english: String {
        switch self {
        case .engines(let members, let theirs, let ours):
            "\(list(members)) computes with \(theirs), and rank 0 with \(ours): the last bits of the result can differ "
                + "from those on equal machines."
        case .slowLink(let from, let to, let speed):
            "\(to.english) receives only \(Self.megabytes(speed)) MB/s from \(from.inside), which looks like the wrong "
                + "network interface: name the fast one with mpirun --mca btl_tcp_if_include NAME."
        case .idle(let ranks, let chunks):
            "The run divides its batches into \(chunks) chunks, so \(ranks - chunks) of the \(ranks) ranks have nothing "
                + "to train."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .engines(let members, let theirs, let ours):
            "\(chineseList(members))使用 \(theirs) 计算，而 rank 0 使用 \(ours)：结果的末几位可能与同构机器上的不同。"
        case .slowLink(let from, let to, let speed):
            "\(to.chinese)从\(from.chinese)接收仅 \(Self.megabytes(speed)) MB/s，可能用错了网络接口："
                + "请用 mpirun --mca btl_tcp_if_include 名称 指定较快的接口。"
        case .idle(let ranks, let chunks):
            "此运行把每批分成 \(chunks) 块，因此 \(ranks) 个进程中有 \(ranks - chunks) 个没有训练任务。"
        }
    }

    private static func megabytes(_ speed: Double) -> String { String(format: "%.1f", speed / 1e6) }
}

extension RankMember {
    fileprivate var inside: String { "rank \(rank) on \(host)" }
    fileprivate var english: String { "Rank \(rank) on \(host)" }
    fileprivate var chinese: String { " \(host) 上的 rank \(rank) " }
}

/// Such as `Rank 1 on node2 and 3 others`.
private func list(_ members: [RankMember], inside: Bool = false) -> String {
    let first = members.first.map { inside ? $0.inside : $0.english } ?? "a rank"
    return members.count > 1 ? "\(first) and \((members.count - 1).of("other"))" : first
}

private func chineseList(_ members: [RankMember]) -> String {
    let first = members.first?.chinese ?? "某个进程"
    return members.count > 1 ? "\(first)等 \(members.count) 个进程" : first
}
