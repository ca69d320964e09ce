import Foundation

/// The Python package index that the person's pip uses, read as PEP 503's simple pages.
struct PackageIndex {
    var url: URL
    static let publicIndex = URL(string: "https://pypi.org/simple")!

    /// The index of `$PIP_INDEX_URL` or of pip's configuration files, else the public one.
    ///
    /// Later files win over earlier ones, as for pip: the system's, the user's two, and
    /// `$PIP_CONFIG_FILE`.
    static func configured(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        systemFile: String = "/etc/pip.conf"
    ) -> PackageIndex {
        let home = environment["HOME"] ?? NSHomeDirectory()
        let configuration =
            environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.config"
        var files = [systemFile, home + "/.pip/pip.conf", configuration + "/pip/pip.conf"]
        if let extra = environment["PIP_CONFIG_FILE"], !extra.isEmpty {
            // pip takes the null device there to mean: no files at all.
            files = extra == "/dev/null" ? [] : files + [extra]
        }
        let configured = files.compactMap { indexURL(inFile: $0) }.last
        let text = environment["PIP_INDEX_URL"].flatMap { $0.isEmpty ? nil : $0 } ?? configured
        return PackageIndex(url: text.flatMap(URL.init(string:)) ?? publicIndex)
    }

    /// `index-url` of a pip.conf, of its section `global` or, over that, `install`.
    static func indexURL(inFile path: String) -> String? {
        guard let data = try? BoundedFile.read(path, limit: 1 << 20),
            let text = String(validating: data, as: UTF8.self)
        else { return nil }
        var section = ""
        var found: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline).map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = line.dropFirst().dropLast().lowercased()
            } else if !line.hasPrefix("#"), !line.hasPrefix(";"),
                let mark = line.firstIndex(where: { "=:".contains($0) })
            {
                let key = line[..<mark].trimmingCharacters(in: .whitespaces).replacingOccurrences(
                    of: "_", with: "-")
                guard key.lowercased() == "index-url" else { continue }
                found[section] = line[line.index(after: mark)...].trimmingCharacters(in: .whitespaces)
            }
        }
        return found["install"] ?? found["global"]
    }

    /// The page that lists a package's files.
    func page(of package: String) -> URL { url.appendingPathComponent(package, isDirectory: true) }

    /// The link of the page whose file is named `file`, without its fragment.
    static func link(to file: String, in page: String, at url: URL) -> URL? {
        for anchor in page.components(separatedBy: "<a").dropFirst() {
            for quote in ["\"", "'"] {
                let parts = anchor.components(separatedBy: "href=" + quote)
                guard parts.count > 1, let target = parts[1].components(separatedBy: quote).first else {
                    continue
                }
                let plain = target.replacingOccurrences(of: "&amp;", with: "&").components(separatedBy: "#")[
                    0]
                let name = plain.components(separatedBy: "?")[0].split(separator: "/").last
                if name.map(String.init)?.removingPercentEncoding == file {
                    return URL(string: plain, relativeTo: url)?.absoluteURL
                }
            }
        }
        return nil
    }
}
