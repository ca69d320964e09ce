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
        let report = try #require(Program.run(["doctor", "--json"], in: photos).objects.first)
        let names = ["version", "build", "instruction_set"].map { report[$0] as? String }
        #expect(names == [String(parts.1), String(parts.2), String(parts.3)])
    }

    private struct Check {
        var state: String
        var value: String
        var advice: String?

        init(_ object: [String: Any]) {
            (state, value) = (object["state"] as? String ?? "", object["value"] as? String ?? "")
            advice = object["advice"] as? String
        }
    }

    private func checks(_ result: Program.Result) -> [String: Check] {
        let checks = result.objects.first?["checks"] as? [[String: Any]] ?? []
        return Dictionary(checks.map { ($0["name"] as? String ?? "", Check($0)) }) { first, _ in first }
    }

    private func doctor(
        _ environment: [String: String] = [:]
    ) throws -> (status: Int32, checks: [String: Check]) {
        let photos = try TinyPhotos()
        let result = try Program.run(["doctor", "--json"], in: photos, environment: environment)
        return (result.status, checks(result))
    }

    @Test func doctorFindsTheMachineFine() throws {
        let (status, checks) = try doctor()
        #expect(status == 0)
        for name in ["system", "processor", "libraries", "home", "cache", "settings", "themes"] {
            #expect(checks[name]?.state == "fine", "\(name)")
        }
        let libraries = checks["libraries"]?.value ?? ""
        for library in ["oneDNN", "OpenBLAS", "HDF5", "libarchive", "ncurses", "SQLite"] {
            #expect(libraries.contains(try Regex("\(library) [0-9]+\\.[0-9]+")), "\(libraries)")
        }
        #expect(checks["terminal"]?.advice?.contains("not a terminal") == true)
        #expect(checks["weights"]?.advice?.contains("data fetch") == true)
    }

    /// A folder that cannot be made fails for root too, below something that is no folder.
    @Test func doctorNamesProblemsAndRemedies() throws {
        let (status, found) = try doctor(["FLOWERS_TUI_HOME": "/dev/null/home", "TERM": "no-such-terminal"])
        #expect(status == 1)
        #expect(found["home"]?.state == "problem")
        #expect(found["home"]?.advice?.contains("FLOWERS_TUI_HOME") == true)
        #expect(found["terminal"]?.advice?.contains("ncurses-term") == true)

        let folder = try TemporaryFolder()
        try "epochs = [".write(toFile: folder("broken.toml"), atomically: true, encoding: .utf8)
        let broken = try doctor(["FLOWERS_TUI_CONFIG": folder("broken.toml")])
        #expect(broken.status == 1)
        #expect(broken.checks["settings"]?.state == "problem")

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
            for shell in bash zsh fish; do
                "$PROGRAM" --generate-completion-script $shell > script.$shell
                test -s script.$shell
            done
            bash '\(Program.package)/scripts/check-completion.sh' script.bash
            for shell in zsh fish; do
                if command -v $shell > /dev/null; then $shell -n script.$shell; fi
            done
            # The check itself finds what is missing.
            sed 's/--batch-size/--other/g' script.bash > other.bash
            ! bash '\(Program.package)/scripts/check-completion.sh' other.bash 2> /dev/null
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
        let themes = checks(result)["themes"]?.value ?? ""
        #expect(themes.contains("midnight") && themes.contains("deuteranopia"), "\(themes)")
        let left = result.output.split(separator: "\n").dropFirst()
        #expect(left == ["root/opt/flowers/share/flowers-tui/themes/own.toml"])
    }
}
