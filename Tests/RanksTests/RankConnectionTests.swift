import Foundation
import Testing

@testable import Ranks

/// TCP connections within this process.
enum Loopback {
    private struct Failure: Error {}

    /// Returns both ends of a new one, which the caller closes.
    static func pair() throws -> (near: Int32, far: Int32) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let near = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let isOpen = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, $0, &length) == 0 && connect(near, $0, length) == 0
            }
        }
        let far = isOpen ? accept(listener, nil, nil) : -1
        if far < 0 { throw Failure() }
        return (near, far)
    }
}

@Suite struct RankConnectionTests {
    private func connection(_ descriptor: Int32) throws -> RankConnection {
        try #require(RankConnection.all().first { $0.descriptor == descriptor })
    }

    @Test func bothEndsSeeTheSame() throws {
        let (near, far) = try Loopback.pair()
        defer { for end in [near, far] { close(end) } }
        let (one, other) = (try connection(near), try connection(far))
        #expect(one.ends == other.ends.reversed && one.ends != other.ends)
        #expect(!one.isClosed && !other.isClosed)
    }

    /// Also if the other end has sent something that nobody has read yet.
    @Test(arguments: [false, true]) func theOtherEndCloses(leavesBytes: Bool) throws {
        let (near, far) = try Loopback.pair()
        defer { close(near) }
        let connection = try connection(near)
        if leavesBytes { #expect(write(far, "x", 1) == 1) }
        #expect(!connection.isClosed)
        close(far)
        #expect(connection.isClosed)
    }

    /// Also if what this end has sent is lost with it.
    @Test func theOtherEndBreaksOff() throws {
        let (near, far) = try Loopback.pair()
        defer { close(near) }
        let connection = try connection(near)
        #expect(write(near, "x", 1) == 1)
        close(far)
        #expect(connection.isClosed)
    }

    /// The descriptor may be that of another connection by then.
    @Test func thisEndCloses() throws {
        let (near, far) = try Loopback.pair()
        let connection = try connection(near)
        let (another, end) = try Loopback.pair()
        defer { for end in [near, far, another, end] { close(end) } }
        #expect(dup2(another, near) == near)
        #expect(connection.isClosed)
    }

    @Test func onlyConnectionsOfTheInternetCount() throws {
        let file = open("/dev/null", O_RDONLY)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { for end in [file, listener] { close(end) } }
        let all = Set(RankConnection.all().map(\.descriptor))
        #expect(all.isDisjoint(with: [file, listener]))
    }
}
