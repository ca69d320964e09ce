package import Photos
import Phrases

extension PhotoFolderFailure: Worded {
    package var english: String {
        switch self {
        case .missing(let path):
            "There is no folder \(path); give --data a folder with one folder of photos per class."
        case .isFile(let path):
            "\(path) is a file; give --data a folder with one folder of photos per class."
        case .cannotBeRead(let path): "The folder \(path) cannot be read; check its permissions."
        case .divided(let folder): folder.english
        case .aboveClasses(let path, let classes):
            "\(path) is a level above the class folders; give --data \(classes)."
        case .noClasses(let path, let photos):
            "\(path) holds \(photos.of("photo")), but no class folders; sort photos into one folder per class."
        case .mayBeClass(let path, let photos, let parent):
            "\(path) holds \(photos.of("photo")), but no class folders; if it is a class itself, give --data the folder above, \(parent)."
        case .noFolders(let path):
            "\(path) holds no folders; it needs one folder of photos per class, such as \(path)/daisy."
        case .noPhotos(let path, let others):
            "No photos (.jpg, .jpeg, .png) are in the class folders of \(path)\(others.isEmpty ? "" : ", but \(others.list)"); put some there."
        case .oneClass(let path, let name):
            "\(path) has only one class, \(name); a classifier needs two folders of photos or more."
        case .noUsablePhoto(let path, let first, let fault):
            "No photo of \(path) can be used; the first, \(first), \(fault.english)."
        case .oneUsableClass(let path, let name):
            "Of \(path) only the class \(name) has usable photos; a classifier needs two classes or more."
        case .notDivided(let path):
            "\(path) has no folders train and val or test with one folder of photos per class; leave --given-split out."
        case .classNotTrained(let path, let name, let classes):
            "\(path) has the class \(name), which is not among those to train on (\(NameList.joined(classes))); move its folder away."
        case .emptySubset(let subset, let photos, let split):
            subset == .test
                ? "A test split of \(split) of \(photos.of("usable photo")) leaves test empty; add photos or change --test-split."
                : "A validation split of \(split) of \(photos.of("usable photo")) leaves \(subset.rawValue) empty; add photos or change --validation-split."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .missing(let path): "没有文件夹 \(path)；请用 --data 指定每个类别一个子文件夹的照片文件夹。"
        case .isFile(let path): "\(path) 是文件；请用 --data 指定每个类别一个子文件夹的照片文件夹。"
        case .cannotBeRead(let path): "无法读取文件夹 \(path)；请检查其权限。"
        case .divided(let folder): folder.chinese
        case .aboveClasses(let path, let classes): "\(path) 比类别文件夹高一级；请使用 --data \(classes)。"
        case .noClasses(let path, let photos):
            "\(path) 含 \(photos) 张照片，但没有类别文件夹；请将照片按类别分入各自的文件夹。"
        case .mayBeClass(let path, let photos, let parent):
            "\(path) 含 \(photos) 张照片，但没有类别文件夹；如果它本身就是一个类别，请用 --data 指定上一级文件夹 \(parent)。"
        case .noFolders(let path): "\(path) 中没有文件夹；每个类别需要一个照片文件夹，例如 \(path)/daisy。"
        case .noPhotos(let path, let others):
            "\(path) 的类别文件夹中没有照片（.jpg、.jpeg、.png）\(others.isEmpty ? "" : "，只有 \(others.list)")；请放入照片。"
        case .oneClass(let path, let name): "\(path) 只有一个类别 \(name)；分类器至少需要两个照片文件夹。"
        case .noUsablePhoto(let path, let first, let fault):
            "\(path) 中没有可用的照片；第一张 \(first) \(fault.simplifiedChinese)。"
        case .oneUsableClass(let path, let name):
            "\(path) 中只有类别 \(name) 有可用的照片；分类器至少需要两个类别。"
        case .notDivided(let path):
            "\(path) 中没有 train 以及 val 或 test 文件夹（各自每个类别一个照片文件夹）；请去掉 --given-split。"
        case .classNotTrained(let path, let name, let classes):
            "\(path) 含类别 \(name)，训练用的类别（\(NameList.joined(classes))）中没有它；请移走该文件夹。"
        case .emptySubset(.test, let photos, let split):
            "\(photos) 张可用照片按测试比例 \(split) 划分后，测试集为空；请增加照片或更改 --test-split。"
        case .emptySubset(let subset, let photos, let split):
            "\(photos) 张可用照片按验证比例 \(split) 划分后，\(subset.chinese)集为空；请增加照片或更改 --validation-split。"
        }
    }
}

extension DividedFolder {
    fileprivate var english: String {
        let start = "\(path) looks like a split into \(NameList.joined(parts)), not like one folder per class"
        guard hasClasses else {
            return
                "\(start), and \(training) has no class folders; sort its photos into one folder per class."
        }
        return ([start + "; train with --data \(training)"] + evaluations).joined(separator: ", then ")
            + (evaluation.isEmpty ? "." : ", or take the split as it is: --given-split.")
    }

    fileprivate var chinese: String {
        let start = "\(path) 看来已划分为 \(NameList.joined(parts))，而不是每个类别一个文件夹"
        guard hasClasses else {
            return "\(start)，并且 \(training) 没有类别文件夹；请将其中的照片按类别分入各自的文件夹。"
        }
        return (["\(start)；请用 --data \(training) 训练"] + evaluations).joined(separator: "，然后执行 ")
            + (evaluation.isEmpty ? "。" : "；或用 --given-split 按现有划分训练。")
    }

    private var evaluations: [String] {
        evaluation.map { "flowers-tui evaluate RUN --data \($0) --subset all" }
    }
}

extension Subset {
    var chinese: String {
        switch self {
        case .training: "训练"
        case .validation: "验证"
        case .test: "测试"
        }
    }
}
