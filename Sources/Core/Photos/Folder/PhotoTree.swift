import Basics
import Foundation

/// All files below a photo folder, sorted as Keras sorts them.
struct PhotoTree {
    struct ClassFolder {
        /// The folder's name as text.
        var name: String
        /// Files with an image suffix.
        var photos: [PhotoPath] = []
    }

    /// The folders that Keras takes for classes, without those of the system.
    private(set) var classes: [ClassFolder] = []
    private(set) var leftOut = ImageFolder.LeftOut()
    /// Number of photos directly in each folder that holds any.
    private(set) var counts: [PhotoPath: Int] = [:]
    private let path: String
    private let formats: ImageFormats

    /// - Throws: `PhotoFolderFailure` if a folder cannot be read.
    init(path: String, formats: ImageFormats) throws {
        (self.path, self.formats) = (path, formats)
        for entry in try list("") {
            if entry.isFolder {
                if SystemFiles.isFolder(entry.name) {
                    leftOut.systemFiles.add(entry.name)
                } else if !Self.isHidden(entry.name) {
                    try addClass(entry.name)
                }
            } else if formats.lists(PhotoPath(entry.name)), !isCompanion(entry.name, in: "") {
                leftOut.loosePhotos += 1
            } else if SystemFiles.isFile(entry.name) {
                leftOut.systemFiles.add(Self.shortName(entry.name))
            }
        }
    }

    private mutating func addClass(_ name: String) throws {
        var folders: [(path: PhotoPath, photos: [PhotoPath])] = []
        // A stack rather than recursion, because folders may be nested deeply.
        var pending = [name]
        while let folder = pending.popLast() {
            var photos: [PhotoPath] = []
            for entry in try list(folder) {
                let path = PhotoPath("\(folder)/\(entry.name)")
                if entry.isFolder {
                    if SystemFiles.isFolder(entry.name) {
                        leftOut.systemFiles.add(entry.name)
                    } else if !entry.isLink {
                        // Keras does not follow links to folders.
                        pending.append(path.text)
                    }
                } else if formats.lists(path) {
                    if isCompanion(entry.name, in: folder) {
                        leftOut.systemFiles.add(Self.shortName(entry.name))
                    } else {
                        photos.append(path)
                    }
                } else if SystemFiles.isFile(entry.name) {
                    leftOut.systemFiles.add(Self.shortName(entry.name))
                } else {
                    leftOut.others.add(FileKind(path: "\(self.path)/\(path)"), file: path, class: name)
                }
            }
            if photos.isEmpty { continue }
            folders.append((PhotoPath(folder), photos))
            counts[PhotoPath(folder)] = photos.count
            if folder.split(separator: "/").contains(where: { Self.isHidden(String($0)) }) {
                leftOut.hidden.add(folder, photos.count)
            }
        }
        folders.sort { $0.path < $1.path }
        classes.append(ClassFolder(name: name, photos: folders.flatMap(\.photos)))
    }

    private func list(_ folder: String) throws -> [FolderEntry] {
        let full = folder.isEmpty ? path : "\(path)/\(folder)"
        guard let entries = FileCalls.entries(of: full) else {
            throw PhotoFolderFailure.cannotBeRead(full)
        }
        return entries
    }

    private static func isHidden(_ name: String) -> Bool { name.utf8.first == UInt8(ascii: ".") }

    /// Whether a file with an image suffix only belongs to another: macOS' `._1.jpg`. A photo of
    /// such a name stays one.
    private func isCompanion(_ name: String, in folder: String) -> Bool {
        guard name.hasPrefix(SystemFiles.companionMark) else { return false }
        let kind = FileKind(path: "\(path)/\(folder)/\(name)")
        return kind.map { $0 != .jpeg && $0 != .png && !$0.isOtherPicture } ?? true
    }

    private static func shortName(_ name: String) -> String {
        name.hasPrefix(SystemFiles.companionMark) ? "AppleDouble (._*)" : name
    }
}
