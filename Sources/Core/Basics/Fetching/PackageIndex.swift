package import Foundation

/// The Python package index that the user's pip is configured for, read as simple pages (PEP 503).
package struct PackageIndex {
    package var url: URL
    static let publicIndex = URL(string: "https://pypi.org/simple")!

    /// Returns the index from `$PIP_INDEX_URL` or pip's configuration files, else the public one.
    ///
    /// Like for pip, later files override earlier ones: the system's file, the user's two, and
    /// `$PIP_CONFIG_FILE`.
    package static func configured(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        systemFile: String = "/etc/pip.conf"
    ) -> PackageIndex {
        let home = environment["HOME"] ?? NSHomeDirectory()
        let configuration =
            environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.config"
        var files = [systemFile, home + "/.pip/pip.conf", configuration + "/pip/pip.conf"]
        if let extra = environment["PIP_CONFIG_FILE"], !extra.isEmpty {
            // As for pip, the null device means no files at all.
            files = extra == "/dev/null" ? [] : files + [extra]
        }
        let configured = files.compactMap { indexURL(inFile: $0) }.last
        let text = environment["PIP_INDEX_URL"].flatMap { $0.isEmpty ? nil : $0 } ?? configured
        return PackageIndex(url: text.flatMap(URL.init(string:)) ?? publicIndex)
    }

    /// Returns `index-url` from a pip.conf: from its section `install`, else from `global`.
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

    /// Returns the URL of the page that lists a package's files.
    package func page(of package: String) -> URL { url.appendingPathComponent(package, isDirectory: true) }

    /// Returns the page's link to the file named `file`, without its fragment.
    package static func link(to file: String, in page: String, at url: URL) -> URL? {
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
