import TestSupport
import Testing

/// The run that Tests/Fixtures/kept_run.py made with an older program, with its photos, in a folder of its own.
struct KeptRun {
    let photos: TinyPhotos

    init() throws {
        photos = try TinyPhotos()
        let unpacked = try Program.shell(
            "cd '\(photos.folder.path)' && rm -rf photos weights.safetensors "
                + "&& tar xzf '\(Program.package)/Tests/Fixtures/kept_run.tar.gz'", in: photos)
        try #require(unpacked.status == 0, "\(unpacked.errors)")
    }

    /// Runs the program in the folder that the run was made in: it names photos and weights relative to it.
    func callAsFunction(_ line: String) throws -> Program.Result {
        try Program.shell("cd '\(photos.folder.path)' && \"$PROGRAM\" \(line)", in: photos)
    }
}
