package import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Downloads a URL over HTTP into a file, with progress, on the caller's thread. Proxies come from
/// the environment (`https_proxy`, `no_proxy`).
package struct Download {
    package var report: SourceReport
    /// Seconds without a byte after which the server counts as unreachable.
    package var patience: TimeInterval = 10

    package init(report: SourceReport, patience: TimeInterval = 10) {
        (self.report, self.patience) = (report, patience)
    }

    /// Most bytes accepted of a page, a weights file and the archive of photos.
    package static let (largestPage, largestWeights, largestPhotos) = (16 << 20, 512 << 20, 2 << 30)

    /// Sessions are kept until the process ends. Freeing one lets curl close its TLS connections and call back into
    /// the object being freed, which aborts the process (swift-corelibs-foundation, issue 5203).
    private static let sessions = Mutex<[URLSession]>([])

    /// Writes the response's body to `path`; removes the file again on failure.
    ///
    /// - Parameter limit: most bytes of the body.
    /// - Throws: `DownloadFailure` if the server cannot be reached, answers with a status other than 200,
    ///   sends more than `limit` bytes, or breaks off; `CancellationError` if cancelled.
    package func fetch(_ url: URL, to path: String, limit: Int, phase: Preparation.Phase) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, errno) }
        do {
            defer { close(descriptor) }
            try receive(url, phase, Receiver(file: descriptor, path: path, limit: limit))
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Returns the body as text, for pages of an index.
    package func text(_ url: URL, phase: Preparation.Phase) throws -> String {
        try Scratch.withFile { path in
            try fetch(url, to: path, limit: Self.largestPage, phase: phase)
            return String(
                decoding: (try? BoundedFile.read(path, limit: Self.largestPage)) ?? Data(), as: UTF8.self)
        }
    }

    private func receive(_ url: URL, _ phase: Preparation.Phase, _ receiver: Receiver) throws {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = patience
        let session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
        Self.sessions.withLock { $0.append(session) }
        var request = URLRequest(url: url, timeoutInterval: patience)
        // With compression, the declared length would not be the file's, and the check for an
        // incomplete transfer would fail.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        // The connection would otherwise stay open with its session.
        request.setValue("close", forHTTPHeaderField: "Connection")
        let task = session.dataTask(with: request)
        defer {
            receiver.stop()
            task.cancel()
        }
        task.resume()
        var stalled = ContinuousClock.now
        var seen = -1
        while true {
            let state = receiver.wait(seconds: 0.1)
            if state.isDone { break }
            if report.isCancelled() { throw CancellationError() }
            if state.received != seen {
                (seen, stalled) = (state.received, .now)
                report.progress(
                    Preparation(phase: phase, done: state.received, total: state.expected, unit: .bytes))
            } else if ContinuousClock.now - stalled > .seconds(patience) {
                // The session's own timeout does not cover every stage of connecting.
                throw DownloadFailure(url.absoluteString, .noAnswer(seconds: Int(patience)))
            }
        }
        try receiver.finish(url)
        let size = receiver.wait(seconds: 0).received
        report.progress(Preparation(phase: phase, done: size, total: size, unit: .bytes))
    }

    /// Receives the body. The session's queue calls the delegate methods, the caller's thread the
    /// others.
    private final class Receiver: NSObject, URLSessionDataDelegate, @unchecked Sendable {
        // Unchecked: `condition` guards everything that changes.
        private let condition = NSCondition()
        private let file: Int32
        private let path: String
        private let limit: Int
        private var isTooLong = false
        private var received = 0
        private var expected = 0
        private var status = 0
        private var failure: (any Error)?
        private var isDone = false

        init(file: Int32, path: String, limit: Int) {
            (self.file, self.path, self.limit) = (file, path, limit)
        }

        func wait(seconds: TimeInterval) -> (received: Int, expected: Int, isDone: Bool) {
            condition.lock()
            defer { condition.unlock() }
            if !isDone, seconds > 0 { _ = condition.wait(until: Date(timeIntervalSinceNow: seconds)) }
            return (received, expected, isDone)
        }

        /// Ignores whatever still arrives: the caller closes the file.
        func stop() {
            condition.lock()
            isDone = true
            condition.unlock()
        }

        func finish(_ url: URL) throws {
            condition.lock()
            defer { condition.unlock() }
            if let failure = failure as? any Failure { throw failure }
            if isTooLong {
                throw DownloadFailure(url.absoluteString, .larger(thanMiB: limit >> 20))
            }
            guard status == 0 || status == 200 else {
                throw DownloadFailure(url.absoluteString, .status(status))
            }
            if let failure {
                throw DownloadFailure(url.absoluteString, .unreachable(failure.localizedDescription))
            }
            guard status == 200 else { throw DownloadFailure(url.absoluteString, .noHTTP) }
            guard expected <= 0 || received == expected else {
                throw DownloadFailure(url.absoluteString, .brokeOff(received: received, expected: expected))
            }
        }

        func urlSession(
            _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
            completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
        ) {
            condition.lock()
            status = (response as? HTTPURLResponse)?.statusCode ?? 0
            expected = max(0, Int(clamping: response.expectedContentLength))
            isTooLong = status == 200 && expected > limit
            let accepted = status == 200 && !isTooLong
            condition.unlock()
            completionHandler(accepted ? .allow : .cancel)
        }

        func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
            condition.lock()
            defer { condition.unlock() }
            guard failure == nil, !isDone, !isTooLong else { return }
            guard data.count <= limit - received else {
                isTooLong = true
                return dataTask.cancel()
            }
            do {
                try data.withUnsafeBytes { try AtomicFile(descriptor: file, path: path).append($0) }
                received += data.count
            } catch {
                failure = error
                dataTask.cancel()
            }
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?)
        {
            condition.lock()
            failure = failure ?? error
            isDone = true
            condition.signal()
            condition.unlock()
        }
    }
}
