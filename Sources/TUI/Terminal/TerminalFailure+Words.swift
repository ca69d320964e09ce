import Basics
import Wording

extension TerminalFailure: Worded {
    package var english: String {
        switch self {
        case .noTerminal:
            "The dashboard needs a terminal on its input and output; without one use flowers-tui train."
        case .unknownType(let name):
            "The terminal type \(name.isEmpty ? "(TERM is empty)" : name) is unknown here; set TERM to one that "
                + "is installed, such as xterm-256color."
        case .cannotPlaceCursor(let name):
            "The terminal type \(name) cannot place its cursor, so nothing can be drawn; set TERM to what the terminal "
                + "is, such as xterm-256color, or use flowers-tui train."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .noTerminal: "仪表盘的输入和输出都须是终端；没有终端时请用 flowers-tui train。"
        case .unknownType(let name):
            "此处不认识终端类型 \(name.isEmpty ? "（TERM 为空）" : name)；请将 TERM 设为已安装的类型，"
                + "例如 xterm-256color。"
        case .cannotPlaceCursor(let name):
            "终端类型 \(name) 不能定位光标，无法绘制；请将 TERM 设为终端的实际类型，"
                + "例如 xterm-256color，或使用 flowers-tui train。"
        }
    }
}
