/// A message in a byte stream: its length in four bytes, big-endian, then that many bytes of JSON.
package enum Frame {
    /// Most bytes of a message to the process that trains; a command is one line.
    package static let mostBytesToTrainer = 64 << 10
    /// Most bytes of a message from that process: predictions for a few hundred thousand photos.
    package static let mostBytesFromTrainer = 64 << 20

    static let headerBytes = 4

    /// Returns the message preceded by its length.
    package static func encoded(_ message: some Collection<UInt8>) -> [UInt8] {
        let count = UInt32(message.count)
        var result: [UInt8] = []
        result.reserveCapacity(headerBytes + message.count)
        for shift in stride(from: 24, through: 0, by: -8) {
            result.append(UInt8(truncatingIfNeeded: count >> UInt32(shift)))
        }
        result += message
        return result
    }
}

/// Decodes frames from a stream that arrives in pieces of any size. Buffers at most one message,
/// within its limit.
package struct FrameDecoder: Sendable {
    /// A length beyond the limit. The rest of the stream cannot be decoded.
    package struct TooLong: Error, Equatable {
        package let bytes: Int
        package let limit: Int
    }

    private let limit: Int
    private var pending: [UInt8] = []
    private var failure: TooLong?

    /// - Parameter limit: most bytes of a message.
    package init(limit: Int) { self.limit = limit }

    /// Whether the stream is in the middle of a message.
    package var isWithinMessage: Bool { !pending.isEmpty }

    /// Decodes more bytes of the stream.
    ///
    /// - Returns: the messages that they complete, without the lengths, in order.
    /// - Throws: `TooLong` for a length beyond the limit, before allocating anything for it, and at
    ///   every later call.
    package mutating func feed(_ bytes: some Collection<UInt8>) throws -> [[UInt8]] {
        if let failure { throw failure }
        var messages: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let wanted = try wantedBytes()
            let taken = rest.prefix(wanted - pending.count)
            pending += taken
            rest = rest.dropFirst(taken.count)
            if pending.count >= Frame.headerBytes, pending.count == (try wantedBytes()) {
                messages.append(Array(pending.dropFirst(Frame.headerBytes)))
                pending.removeAll()
            }
        }
        return messages
    }

    /// Returns the length of the header or, when that is complete, of the whole frame.
    private mutating func wantedBytes() throws -> Int {
        guard pending.count >= Frame.headerBytes else { return Frame.headerBytes }
        let count = pending.prefix(Frame.headerBytes).reduce(0) { $0 << 8 | Int($1) }
        guard count <= limit else {
            let error = TooLong(bytes: count, limit: limit)
            (failure, pending) = (error, [])
            throw error
        }
        return Frame.headerBytes + count
    }
}
