import Foundation

/// A web server on a loopback port for one test. It serves the answer set for each path and records
/// the requests.
final class LocalServer: @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state.
    enum Answer {
        case file(Data)
        case status(Int)
        /// Announces `length` bytes, sends `data` and closes the connection.
        case cut(Data, length: Int)
        /// Sends `data` without its length and closes the connection.
        case unannounced(Data)
    }

    private let listener: Int32
    private let lock = NSLock()
    private var answers: [String: Answer] = [:]
    private var seen: [String] = []
    let port: Int

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard result else { throw CocoaError(.fileReadUnknown) }
        port = Int(UInt16(bigEndian: address.sin_port))
        let thread = Thread { [listener, weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                self?.serve(connection)
                close(connection)
            }
        }
        thread.start()
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    func url(_ path: String) -> URL { URL(string: "http://127.0.0.1:\(port)\(path)")! }

    subscript(path: String) -> Answer? {
        get { lock.withLock { answers[path] } }
        set { lock.withLock { answers[path] = newValue } }
    }

    /// The requested paths, in order.
    var requests: [String] { lock.withLock { seen } }

    private func serve(_ connection: Int32) {
        var request: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: request, as: UTF8.self).contains("\r\n\r\n") {
            let count = read(connection, &buffer, buffer.count)
            if count <= 0 { return }
            request += buffer[..<count]
        }
        let path =
            String(decoding: request, as: UTF8.self).split(separator: " ").dropFirst().first.map(String.init)
            ?? ""
        lock.withLock { seen.append(path) }
        func send(_ status: Int, _ data: Data, length: Int?) {
            let announced = length.map { "Content-Length: \($0)\r\n" } ?? ""
            let head =
                "HTTP/1.1 \(status) \(status == 200 ? "OK" : "No")\r\n\(announced)Connection: close\r\n\r\n"
            let bytes = Array(head.utf8) + data
            var done = 0
            while done < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Foundation.send(
                        connection, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { return }
                done += count
            }
        }
        switch self[path] {
        case .file(let data): send(200, data, length: data.count)
        case .status(let status): send(status, Data(), length: 0)
        case .cut(let data, let length): send(200, data, length: length)
        case .unannounced(let data): send(200, data, length: nil)
        case nil: send(404, Data(), length: 0)
        }
    }
}
