/// Files and folders that systems and tools put beside photos and that never are photos of a class.
enum SystemFiles {
    /// In lower case.
    private static let folders: Set<String> = [
        "__macosx", "@eadir", "#recycle", "@recycle", "@recently-snapshot", ".@__thumb", "#snapshot",
        "lost+found", "$recycle.bin", "recycler", "system volume information", ".ipynb_checkpoints",
        ".trash", ".trashes", ".spotlight-v100", ".fseventsd", ".temporaryitems", ".documentrevisions-v100",
        ".appledouble", ".thumbnails", ".picasaoriginals", ".stfolder", ".stversions", ".sync",
        ".dropbox.cache", ".git", ".svn", ".hg", ".dvc", ".cache", "__pycache__",
    ]
    private static let files: Set<String> = [
        "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r", "picasa.ini",
        "zbthumbnail.info",
    ]

    /// The prefix of the files in which macOS keeps other files' attributes.
    static let companionMark = "._"

    static func isFolder(_ name: String) -> Bool {
        let name = name.lowercased()
        return folders.contains(name) || name.hasPrefix(".trash-")
    }

    /// Whether a file without an image suffix is one of these: any hidden file is.
    static func isFile(_ name: String) -> Bool {
        name.utf8.first == UInt8(ascii: ".") || files.contains(name.lowercased())
    }
}
