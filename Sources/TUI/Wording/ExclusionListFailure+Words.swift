package import Photos

extension ExclusionListFailure: Worded {
    package var english: String {
        switch self {
        case .missing(let path):
            "There is no exclusion list \(path); give --exclude a file with one photo's path a line."
        case .isFolder(let path):
            "The exclusion list \(path) is a folder; give --exclude a file with one photo's path a line."
        case .cannotBeRead(let path): "The exclusion list \(path) cannot be read; check its permissions."
        case .longer(let path, let most):
            "The exclusion list \(path) is longer than \(most) MB; it holds one photo's path a line."
        case .noText(let path): "The exclusion list \(path) is no text; it holds one photo's path a line."
        case .noPath(let path, let line):
            "Line \(line) of the exclusion list \(path) is no path below the photo folder, such as daisy/1.jpg."
        case .otherFile(let path):
            "\(path) is there already and is no list of this program's: choose another name, or add to it."
        case .leavesNone(let name, let folder):
            "The exclusion list leaves no photo of the class \(name); take lines out of it, or move the folder \(folder) away."
        case .leavesNoneFor(let subset):
            "The exclusion list leaves no photo for \(subset.rawValue); take lines out of it."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .missing(let path): "没有排除列表 \(path)；请用 --exclude 指定每行一个照片路径的文件。"
        case .isFolder(let path): "排除列表 \(path) 是文件夹；请用 --exclude 指定每行一个照片路径的文件。"
        case .cannotBeRead(let path): "无法读取排除列表 \(path)；请检查其权限。"
        case .longer(let path, let most): "排除列表 \(path) 超过 \(most) MB；其中应每行一个照片路径。"
        case .noText(let path): "排除列表 \(path) 不是文本；其中应每行一个照片路径。"
        case .noPath(let path, let line):
            "排除列表 \(path) 第 \(line) 行不是照片文件夹下的路径，例如 daisy/1.jpg。"
        case .otherFile(let path): "\(path) 已存在，且不是本程序的列表：请另选名称，或向其中添加。"
        case .leavesNone(let name, let folder):
            "排除列表使类别 \(name) 没有剩下照片；请删去其中一些行，或移走文件夹 \(folder)。"
        case .leavesNoneFor(let subset): "排除列表使\(subset.chinese)集没有剩下照片；请删去其中一些行。"
        }
    }
}
