import Foundation
import TestSupport
import Testing

/// The program as it is installed: its version, its check-up, completions, and the files beside it.
@Suite struct InstallTests {
    @Test func versionNamesBuildAndInstructionSet() throws {
        let photos = try TinyPhotos()
        let line = try Program.run(["--version"], in: photos).output
        let parts = try #require(
            line.wholeMatch(of: /flowers-tui (\d+\.\d+\.\d+) \(build ([^ ,]+), ([^)]+)\)\n/))
        let doctor = try Program.run(["doctor", "--json"], in: photos).objects
        #expect(doctor.first?["version"] as? String == String(parts.1))
        #expect(doctor.first?["build"] as? String == String(parts.2))
        #expect(doctor.first?["instruction_set"] as? String == String(parts.3))
    }

    private func checks(
        _ environment: [String: String] = [:], _ arguments: [String] = []
    ) throws -> (status: Int32, checks: [String: [String: Any]]) {
        let photos = try TinyPhotos()
        let result = try Program.run(["doctor", "--json"] + arguments, in: photos, environment: environment)
        let checks = result.objects.first?["checks"] as? [[String: Any]] ?? []
        return (
            result.status,
            Dictionary(checks.map { ($0["name"] as? String ?? "", $0) }) { first, _ in first }
        )
    }

    @Test func doctorFindsTheMachineFine() throws {
        let (status, checks) = try checks()
        #expect(status == 0)
        for name in ["system", "processor", "libraries", "home", "cache", "settings"] {
            #expect(checks[name]?["state"] as? String == "fine", "\(name): \(checks[name] ?? [:])")
        }
        let libraries = checks["libraries"]?["value"] as? String ?? ""
        for library in ["oneDNN", "OpenBLAS", "HDF5", "libarchive", "ncurses", "SQLite"] {
            #expect(libraries.contains(try Regex("\(library) [0-9]+\\.[0-9]+")), "\(libraries)")
        }
        #expect(checks["themes"]?["state"] as? String == "fine")
        #expect((checks["terminal"]?["advice"] as? String ?? "").contains("not a terminal"))
        #expect((checks["weights"]?["advice"] as? String ?? "").contains("data fetch"))
    }

    /// A folder that cannot be made fails for root too, below something that is no folder.
    @Test func doctorNamesProblemsAndRemedies() throws {
        let (status, found) = try checks(["FLOWERS_TUI_HOME": "/dev/null/home", "TERM": "no-such-terminal"])
        #expect(status == 1)
        #expect(found["home"]?["state"] as? String == "problem")
        #expect((found["home"]?["advice"] as? String ?? "").contains("FLOWERS_TUI_HOME"))
        #expect((found["terminal"]?["advice"] as? String ?? "").contains("ncurses-term"))

        let folder = try TemporaryFolder()
        try "epochs = [".write(toFile: folder("broken.toml"), atomically: true, encoding: .utf8)
        let broken = try checks(["FLOWERS_TUI_CONFIG": folder("broken.toml")])
        #expect(broken.status == 1)
        #expect(broken.checks["settings"]?["state"] as? String == "problem")

        let photos = try TinyPhotos()
        let text = try Program.run(["doctor"], in: photos).output
        #expect(text.contains("ok       libraries") && text.contains("note     weights"), "\(text)")
    }

    @Test func shellsComplete() throws {
        let photos = try TinyPhotos()
        let result = try Program.shell(
            """
            set -e
            mkdir bin
            ln -s "$PROGRAM" bin/flowers-tui
            PATH="$PWD/bin:$PATH"
            for shell in bash zsh fish; do "$PROGRAM" --generate-completion-script $shell > $shell; test -s $shell; done
            bash '\(Program.package)/scripts/check-completion.sh' bash
            for shell in zsh fish; do if command -v $shell >/dev/null; then $shell -n $shell; fi; done
            """, in: photos, at: photos.folder.path)
        #expect(result.status == 0, "\(result.errors)")
    }

    /// Themes are found beside the program wherever it is, and nothing is left when it goes.
    @Test func installedFilesAreFoundAndRemoved() throws {
        let photos = try TinyPhotos()
        let result = try Program.shell(
            """
            set -e
            for part in scripts themes docs README.md; do cp -r '\(Program.package)'/$part .; done
            mkdir -p .build-package/files
            cp "$PROGRAM" .build-package/files/flowers-tui
            for file in 1.gz bash zsh fish; do echo $file > .build-package/files/flowers-tui.$file; done
            export DESTDIR="$PWD/root" PREFIX=/opt/flowers
            scripts/install.sh install
            mkdir elsewhere
            mv root/opt/flowers elsewhere/moved
            elsewhere/moved/bin/flowers-tui doctor --json
            mkdir -p root/opt
            mv elsewhere/moved root/opt/flowers
            echo kept > root/opt/flowers/share/flowers-tui/themes/own.toml
            scripts/install.sh uninstall
            find root -type f
            ! PREFIX=relative scripts/install.sh install 2> /dev/null
            """, in: photos, at: photos.folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let checks = result.objects.first?["checks"] as? [[String: Any]] ?? []
        let themes = checks.first { $0["name"] as? String == "themes" }?["value"] as? String ?? ""
        #expect(themes.contains("midnight") && themes.contains("deuteranopia"), "\(themes)")
        let left = result.output.split(separator: "\n").dropFirst()
        #expect(left == ["root/opt/flowers/share/flowers-tui/themes/own.toml"])
    }
}
