import Basics
import Wording

extension ThemeFailure: Worded {
    package var english: String {
        switch self {
        case .noTheme(let name, let known):
            "There is no theme \(name); there are \(known.joined(separator: ", "))."
        case .tooLarge(let file, let most): "\(file) has more than \(most) KiB; a theme has about one."
        case .fault(let file, let line, let fault): "\(file):\(line): \(fault.english)"
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .noTheme(let name, let known): "没有主题 \(name)；现有 \(known.joined(separator: "、"))。"
        case .tooLarge(let file, let most): "\(file) 超过 \(most) KiB；一个主题大约只有 1 KiB。"
        case .fault(let file, let line, let fault): "\(file):\(line)：\(fault.simplifiedChinese)"
        }
    }
}

extension ThemeFailure.Fault {
    private static var roles: [String] { Theme.Role.allCases.map(\.rawValue) }

    fileprivate var english: String {
        switch self {
        case .notTOML(let reason): "this is not valid TOML: \(reason)."
        case .unknownSetting(let key):
            "there is no setting \(key); there are name, symbols and the table [colors]."
        case .noName: "the theme has no name = \"…\"."
        case .nameIsNoText: "the name is not a text, such as \"mine\"."
        case .noColors: "the theme has no table [colors]."
        case .colorsAreNoTable: "colors is not a table, [colors]."
        case .unknownSymbols: "symbols is neither \"unicode\" nor \"ascii\"."
        case .unknownColor(let key):
            "there is no colour \(key); there are \(Self.roles.joined(separator: ", "))."
        case .unusableColor(let key):
            "the colour \(key) is neither \"default\", \"#rrggbb\" nor a number from 0 to 255."
        case .missingColor(let key): "the table [colors] lacks the colour \(key)."
        }
    }

    fileprivate var simplifiedChinese: String {
        switch self {
        case .notTOML(let reason): "不是有效的 TOML：\(reason)。"
        case .unknownSetting(let key): "没有设置项 \(key)；只有 name、symbols 和表 [colors]。"
        case .noName: "主题缺少 name = \"…\"。"
        case .nameIsNoText: "name 不是文本，例如 \"mine\"。"
        case .noColors: "主题缺少表 [colors]。"
        case .colorsAreNoTable: "colors 不是表 [colors]。"
        case .unknownSymbols: "symbols 须为 \"unicode\" 或 \"ascii\"。"
        case .unknownColor(let key): "没有颜色 \(key)；现有 \(Self.roles.joined(separator: "、"))。"
        case .unusableColor(let key): "颜色 \(key) 须为 \"default\"、\"#rrggbb\" 或 0 到 255 的数字。"
        case .missingColor(let key): "表 [colors] 缺少颜色 \(key)。"
        }
    }
}
