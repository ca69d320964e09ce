import Basics
import Foundation

/// A folder with one folder of photos per class, listed as Keras' `image_dataset_from_directory`
/// lists it: classes sorted by name and, in each, all files with an image suffix, folder by folder,
/// sorted by name (code points).
package struct ImageFolder: Sendable, Equatable {
    package let path: String
    package let classes: [String]
    /// Relative path and class index of every file, class by class.
    package let files: [File]

    package struct File: Sendable, Equatable {
        package let path: String
        package let label: Int

        package init(path: String, label: Int) { (self.path, self.label) = (path, label) }
    }

    /// Suffixes that Keras lists. BMP and GIF files are listed only to be reported as skipped.
    static let suffixes = [".bmp", ".gif", ".jpeg", ".jpg", ".png"]

    /// - Parameter isForTraining: false also accepts a folder with no photos or fewer than two
    ///   classes.
    /// - Throws: `UserError` if the folder is missing or unreadable or, for training, has no photos
    ///   or fewer than two classes.
    package init(path: String, isForTraining: Bool = true) throws {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw UserError(
                "There is no folder \(path); give --data a folder with one folder of photos per class.")
        }
        guard isFolder.boolValue else {
            throw UserError("\(path) is a file; give --data a folder with one folder of photos per class.")
        }
        func list(_ folder: String) throws -> [String] {
            do {
                return try manager.contentsOfDirectory(atPath: folder).sorted(by: Self.precedes)
            } catch {
                throw UserError("The folder \(folder) cannot be read; check its permissions.")
            }
        }
        func isDirectory(_ path: String) -> Bool {
            var flag: ObjCBool = false
            return manager.fileExists(atPath: path, isDirectory: &flag) && flag.boolValue
        }
        var classes: [String] = []
        var files: [File] = []
        for name in try list(path) where !name.hasPrefix(".") && isDirectory("\(path)/\(name)") {
            var folders: [(String, [String])] = []
            func walk(_ relative: String) throws {
                var names: [String] = []
                for entry in try list("\(path)/\(relative)") {
                    if isDirectory("\(path)/\(relative)/\(entry)") {
                        // Keras does not follow links to folders.
                        let link = try? manager.destinationOfSymbolicLink(
                            atPath: "\(path)/\(relative)/\(entry)")
                        if link == nil { try walk("\(relative)/\(entry)") }
                    } else if Self.suffixes.contains(where: entry.lowercased().hasSuffix) {
                        names.append(entry)
                    }
                }
                folders.append((relative, names))
            }
            try walk(name)
            folders.sort { Self.precedes($0.0, $1.0) }
            for (folder, names) in folders {
                files += names.map { File(path: "\(folder)/\($0)", label: classes.count) }
            }
            classes.append(name)
        }
        guard !classes.isEmpty || !isForTraining else {
            throw UserError(
                "\(path) holds no folders; it needs one folder of photos per class, such as \(path)/daisy.")
        }
        guard !files.isEmpty || !isForTraining else {
            throw UserError(
                "No photos (.jpg, .jpeg, .png) are in the class folders of \(path); put some there.")
        }
        guard classes.count > 1 || !isForTraining else {
            throw UserError(
                "\(path) has only one class, \(classes[0]); a classifier needs two folders of photos or more."
            )
        }
        self.path = path
        self.classes = classes
        self.files = files
    }

    /// Orders by code points, as Python does; Swift's own order compares canonical forms.
    static func precedes(_ a: String, _ b: String) -> Bool {
        a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
    }
}
