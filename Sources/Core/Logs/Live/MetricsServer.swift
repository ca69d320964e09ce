package import Basics
import Foundation
import Recipes
import Sessions
package import Training

/// A live run's numbers for Prometheus: `http://127.0.0.1:PORT/metrics`, for this machine only.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats.
package final class MetricsServer: SessionLog, @unchecked Sendable {
    // Unchecked: `lock` guards every variable.
    private let lock = NSLock()
    private var listener: Int32 = -1
    private var problem: UserError?
    private var numbers = RunNumbers()
    /// The port that it listens on.
    private(set) package var port: Int

    private static let longestRequest = 8 << 10

    /// - Parameter port: 0 for any that is free.
    /// - Throws: `LogFailure` if nothing can listen there.
    package init(port: Int) throws {
        self.port = port
        try listen()
    }

    deinit { close() }

    private func listen() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var (address, length) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
        address.sin_family = sa_family_t(AF_INET)
        (address.sin_port, address.sin_addr.s_addr) = (in_port_t(port).bigEndian, INADDR_LOOPBACK.bigEndian)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let isOpen = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                descriptor >= 0 && bind(descriptor, $0, length) == 0
                    && Foundation.listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isOpen else {
            defer { Foundation.close(descriptor) }
            throw LogFailure.portUnusable(port, code: errno)
        }
        (listener, port) = (descriptor, Int(UInt16(bigEndian: address.sin_port)))
        // It must not keep the server alive.
        let thread = Thread { [weak self] in
            WorkerThread.leaveSignals()
            while case let client = accept(descriptor, nil, nil), client >= 0 || errno == EINTR {
                if client >= 0 { Self.answer(client) { self?.lock.withLock { self?.numbers.text } ?? "" } }
            }
            Foundation.close(descriptor)
        }
        thread.name = "metrics"
        thread.start()
    }

    /// Stops listening, so that another process can; the next run listens again.
    package func close() {
        lock.withLock {
            // Ends the thread's wait, and the thread closes the socket.
            if listener >= 0 { shutdown(listener, Int32(SHUT_RDWR)) }
            listener = -1
        }
    }

    package func takeProblem() -> UserError? {
        lock.withLock {
            defer { problem = nil }
            return problem
        }
    }

    package func note(_ event: SessionEvent) {
        lock.withLock {
            if case .ready = event, listener < 0 {
                do { try listen() } catch { problem = UserError(error) }
            }
            numbers.note(event)
        }
    }

    /// Answers one request and closes the connection.
    private static func answer(_ client: Int32, _ text: () -> String) {
        defer { Foundation.close(client) }
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(client, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        var request: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1024)
        while request.count < longestRequest, !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = recv(client, &piece, piece.count, 0)
            guard count > 0 else { return }
            request += piece.prefix(count)
        }
        let isKnown = request.starts(with: "GET /metrics ".utf8) || request.starts(with: "GET / ".utf8)
        let body = isKnown ? text() : "The numbers are at /metrics.\n"
        let answer = Array(
            """
            HTTP/1.1 \(isKnown ? "200 OK" : "404 Not Found")\r
            Content-Type: text/plain; version=0.0.4; charset=utf-8\r
            Content-Length: \(body.utf8.count)\r
            Connection: close\r
            \r
            \(body)
            """.utf8)
        var sent = 0
        while sent < answer.count {
            let count = answer[sent...].withUnsafeBytes {
                send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}

/// The newest numbers of a run in Prometheus' text format.
struct RunNumbers {
    private var run = ""
    private var batch: TrainerEvent.BatchEnded?
    private var epoch: TrainerEvent.EpochEnded?
    private var (epochs, batches, warnings) = (0, 0, 0)
    private var isTraining = false

    mutating func note(_ event: SessionEvent) {
        switch event {
        case .ready(let context): self = RunNumbers(run: context.run)
        case .settings(let settings): epochs = settings.totalEpochs
        case .statusChanged(let status): isTraining = status == .training
        default: break
        }
        switch event.recorded {
        case .batchEnded(let batch): (self.batch, batches) = (batch, batches + 1)
        case .epochEnded(let epoch): self.epoch = epoch
        case .warning: warnings += 1
        default: break
        }
    }

    init(run: String = "") { self.run = run }

    var text: String {
        var lines: [String] = []
        func add(_ name: String, _ help: String, _ type: String, _ values: [(label: String, Double?)]) {
            let known = values.compactMap { label, value in value.map { (label, $0) } }
            if known.isEmpty { return }
            lines += ["# HELP flowers_tui_\(name) \(help)", "# TYPE flowers_tui_\(name) \(type)"]
            for (label, value) in known {
                let text = value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)"
                lines.append("flowers_tui_\(name){run=\"\(run)\"\(label)} \(text)")
            }
        }
        func gauge(_ name: String, _ help: String, _ value: Double?) {
            add(name, help, "gauge", [("", value)])
        }
        if run.isEmpty { return "" }
        gauge(
            "training", "1 while batches are trained, 0 in a pause and before and after.", isTraining ? 1 : 0)
        gauge("epochs", "Epochs that the run is to have.", Double(epochs))
        gauge("epochs_done", "Epochs completed.", Double(epoch.map { $0.epoch + 1 } ?? batch?.epoch ?? 0))
        gauge(
            "epoch_progress", "Fraction of the epoch's batches done.",
            batch.map { Double($0.step) / Double($0.steps) })
        add("batches_total", "Batches trained by this process.", "counter", [("", Double(batches))])
        add("warnings_total", "Warnings.", "counter", [("", Double(warnings))])
        gauge("batch_loss", "Loss of the newest batch.", batch?.batchLoss)
        gauge("learning_rate", "Learning rate of the newest batch.", batch?.learningRate)
        gauge("images_per_second", "Speed at the newest batch.", batch?.imagesPerSecond)
        let (training, validation) = (",subset=\"training\"", ",subset=\"validation\"")
        add(
            "epoch_loss", "Loss of the last whole epoch.", "gauge",
            [(training, epoch?.trainLoss), (validation, epoch?.validationLoss)])
        add(
            "epoch_accuracy", "Accuracy of the last whole epoch.", "gauge",
            [(training, epoch?.trainAccuracy), (validation, epoch?.validationAccuracy)])
        return lines.joined(separator: "\n") + "\n"
    }
}
