import Basics
import Foundation
import Recipes
import Sessions
import TestSupport
import Testing
import Training

@testable import Logs

/// A live run's numbers for Prometheus.
@Suite(.serialized) struct MetricsServerTests {
    /// Sends a request and returns the whole answer; nil if nobody listens.
    private func ask(_ request: String, port: Int) -> String? {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        var address = sockaddr_in()
        (address.sin_family, address.sin_port) = (sa_family_t(AF_INET), in_port_t(port).bigEndian)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let isConnected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return nil }
        _ = request.withCString { send(client, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(client, &piece, piece.count, 0), count > 0 {
            answer += piece.prefix(count)
        }
        return String(decoding: answer, as: UTF8.self)
    }

    @Test func aRunCanBeScraped() throws {
        let photos = try TinyPhotos()
        let server = try MetricsServer(port: 0)
        let port = server.port
        #expect(ask("GET /metrics HTTP/1.1\r\n\r\n", port: port)?.hasSuffix("\r\n\r\n") == true)
        let (recorder, seen) = (EventRecorder(), Answers())
        // Scraped by another log, once per epoch, after the server has taken the event.
        let scraper = Scraper { event in
            if case .epochEnded = event {
                seen.add(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", port: port))
            }
        }
        var both = photos.options()
        (both.logs, both.observer) = ([server, scraper], { recorder.note($0) })
        let run = RunSession(photos.recipe, both)
        run.start()
        #expect(try run.wait() == .finished)
        let answers = seen.all
        #expect(answers.count == 4)
        let epochs = recorder.epochs
        for (epoch, answer) in zip(epochs, answers) {
            let answer = try #require(answer)
            let parts = answer.components(separatedBy: "\r\n\r\n")
            #expect(parts[0].hasPrefix("HTTP/1.1 200 OK") && parts[0].contains("version=0.0.4"))
            #expect(parts[0].contains("Content-Length: \(parts[1].utf8.count)"))
            let lines = parts[1].split(separator: "\n")
            #expect(lines.contains("flowers_tui_epochs_done{run=\"0001\"} \(Double(epoch.epoch + 1))"))
            #expect(lines.contains("flowers_tui_epochs{run=\"0001\"} 4.0"))
            #expect(
                lines.contains(
                    "flowers_tui_epoch_loss{run=\"0001\",subset=\"validation\"} \(epoch.validationLoss)"))
            #expect(lines.contains { $0.hasPrefix("flowers_tui_batches_total{run=\"0001\"} ") })
            // Each value follows its type, as the format demands.
            for line in lines where !line.hasPrefix("#") {
                let name = line.prefix { $0 != "{" }
                #expect(lines.contains { $0.hasPrefix("# TYPE \(name) ") }, "\(line)")
            }
        }
        // Nobody listens once the run has ended, so that another process can.
        #expect(ask("GET /metrics HTTP/1.1\r\n\r\n", port: port) == nil)
        let next = try MetricsServer(port: port)
        #expect(throws: LogFailure.portUnusable(port, code: EADDRINUSE)) { try MetricsServer(port: port) }
        #expect(ask("POST /x HTTP/1.1\r\n\r\n", port: port)?.hasPrefix("HTTP/1.1 404") == true)
        // A client that says nothing holds nobody up for long; one that says too much is answered.
        #expect(ask(String(repeating: "x", count: 20_000), port: port) != nil)
        next.close()
    }

    private final class Answers: @unchecked Sendable {
        private let lock = NSLock()
        private var list: [String?] = []
        func add(_ answer: String?) { lock.withLock { list.append(answer) } }
        var all: [String?] { lock.withLock { list } }
    }

    private final class Scraper: SessionLog {
        private let work: @Sendable (SessionEvent) -> Void
        init(_ work: @escaping @Sendable (SessionEvent) -> Void) { self.work = work }
        func note(_ event: SessionEvent) { work(event) }
        func takeProblem() -> UserError? { nil }
        func close() {}
    }
}
