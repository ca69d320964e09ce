/// How the ranks of a job shared one batch.
package struct RankReport: Sendable, Equatable, Codable {
    /// A rank's part of it.
    package struct Share: Sendable, Equatable, Codable {
        package var host: String
        /// Photos a second while it computed.
        package var imagesPerSecond: Double
        /// Seconds for which it waited for others.
        package var waited: Double

        package init(host: String, imagesPerSecond: Double, waited: Double) {
            (self.host, self.imagesPerSecond, self.waited) = (host, imagesPerSecond, waited)
        }
    }

    /// In the ranks' order.
    package var shares: [Share]
    /// Bytes that rank 0 sent for the batch.
    package var bytes: Int

    package init(shares: [Share], bytes: Int) { (self.shares, self.bytes) = (shares, bytes) }

    /// Seconds that the fastest rank waited, and so what the slowest cost.
    package var longestWait: Double { shares.map(\.waited).max() ?? 0 }
}
