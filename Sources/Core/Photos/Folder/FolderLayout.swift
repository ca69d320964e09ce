import Basics
import Foundation

/// The layout of a photo folder, judged by where its photos lie: whether it is one folder per
/// class, a set divided into training and validation, or a level too high or too low.
struct FolderLayout {
    private let path: String
    private let tree: PhotoTree
    /// Folders with photos in them or below, by parent.
    private var children: [PhotoPath: Set<PhotoPath>] = [:]

    init(path: String, tree: PhotoTree) {
        (self.path, self.tree) = (path, tree)
        for folder in tree.counts.keys where !folder.text.isEmpty {
            var parent = ""
            for part in folder.text.split(separator: "/", omittingEmptySubsequences: true) {
                let child = parent.isEmpty ? String(part) : "\(parent)/\(part)"
                children[PhotoPath(parent), default: []].insert(PhotoPath(child))
                parent = child
            }
        }
    }

    private enum Role: CaseIterable {
        case training, validation, test

        var words: Set<String> {
            switch self {
            case .training: ["train", "training", "trainset"]
            case .validation: ["val", "valid", "validation", "validate", "dev", "eval"]
            case .test: ["test", "testing", "testset"]
            }
        }
    }

    /// The roles that folders of a divided set have, by their names: `train`, `Val`, `seg_test`,
    /// `training_set`.
    private static func role(_ folder: PhotoPath) -> (role: Role, isExact: Bool)? {
        let name = folder.text.split(separator: "/").last.map { $0.lowercased() } ?? ""
        let words = name.split { !$0.isLetter }.map(String.init)
        let kept = words.filter { !["set", "data", "dataset", "images", "photos", "split"].contains($0) }
        guard let role = Role.allCases.first(where: { !$0.words.isDisjoint(with: kept) }) else { return nil }
        return (role, kept.count == 1)
    }

    /// Follows folders that hold nothing but one other down to where there is something to choose.
    private func descend(_ folder: PhotoPath) -> PhotoPath {
        var folder = folder
        while tree.counts[folder] == nil, let below = children[folder], below.count == 1,
            let only = below.first
        {
            // A folder of photos is a class, so its parent is the set.
            if children[only] == nil { break }
            folder = only
        }
        return folder
    }

    private func full(_ folder: PhotoPath) -> String {
        let base = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
        return folder.text.isEmpty ? base : "\(base)/\(folder)"
    }

    /// The division of the folder into training, validation or test folders; nil if there is none.
    var divided: DividedFolder? {
        let root = descend("")
        let folders = (children[root] ?? []).sorted()
        let named = folders.compactMap { folder in
            Self.role(folder).map { (folder: folder, role: $0.role, isExact: $0.isExact) }
        }
        func first(_ role: Role) -> PhotoPath? { named.first { $0.role == role }?.folder }
        // Folders of photos called train and test may be classes among others: trains and cars.
        guard let training = first(.training), first(.validation) ?? first(.test) != nil,
            named.allSatisfy({ children[$0.folder] != nil || $0.isExact }),
            children[training] != nil || named.count == folders.count
        else { return nil }
        func part(_ role: Role) -> String? {
            first(role).flatMap { children[$0] == nil ? nil : full(descend($0)) }
        }
        let (validation, test) = (part(.validation), part(.test))
        return DividedFolder(
            path: full(root), parts: named.map { String($0.folder.text.split(separator: "/").last ?? "") },
            training: full(children[training] == nil ? training : descend(training)),
            hasClasses: children[training] != nil, evaluation: [validation, test].compactMap(\.self),
            validation: validation, test: test)
    }

    /// The failure for a folder a level above or below the class folders; nil if it is neither.
    var otherLevel: PhotoFolderFailure? {
        let root = descend("")
        if !root.text.isEmpty, (children[root]?.count ?? 0) > 1 {
            return .aboveClasses(path, classes: full(root))
        }
        let photos = tree.leftOut.loosePhotos
        guard photos > 0, children.isEmpty else { return nil }
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
        let parent = PathParts.folder(absolute)
        let siblings = (FileCalls.entries(of: parent) ?? []).filter {
            $0.isFolder && !$0.name.hasPrefix(".") && !SystemFiles.isFolder($0.name)
        }
        return siblings.count > 1
            ? .mayBeClass(path, photos: photos, parent: parent) : .noClasses(path, photos: photos)
    }
}
