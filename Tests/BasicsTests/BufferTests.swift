import Basics
import Foundation
import Testing

@Suite struct BufferTests {
    private func values(_ buffer: Buffer) -> [Float] {
        Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
    }

    @Test(arguments: [false, true]) func buffersAreAlignedZeroedAndApart(shared: Bool) {
        // One float, more than a page, and more than a region of the arena.
        let counts = [1, 15, 16, 17, 600_000, 9_000_000, 3]
        let make = { counts.map { Buffer(count: $0) } }
        let buffers = shared ? Buffer.together(make) : make()
        for (index, buffer) in buffers.enumerated() {
            #expect(buffer.count == counts[index])
            #expect(Int(bitPattern: buffer.pointer) % 64 == 0)
            #expect(values(buffer).allSatisfy { $0 == 0 })
            buffer.pointer.update(repeating: Float(index + 1), count: buffer.count)
        }
        for (index, buffer) in buffers.enumerated() {
            #expect(values(buffer).allSatisfy { $0 == Float(index + 1) })
        }
    }

    @Test func sharedMemoryLastsAsLongAsOneOfItsBuffers() {
        var buffers: [Buffer?] = Buffer.together { (0..<3).map { _ in Buffer(count: 1000) } }
        let last = buffers[2]!
        last.pointer.update(repeating: 7, count: last.count)
        buffers = []
        #expect(values(last).allSatisfy { $0 == 7 })
    }

    @Test func sharedBuffersAdjoinAndOthersDoNot() {
        Buffer.together {
            let (first, second) = (Buffer(count: 16), Buffer(count: 16))
            let apart = Buffer(count: 16, isApart: true)
            let third = Buffer(count: 16)
            // 16 floats and as many that a kernel may read.
            #expect(second.pointer - first.pointer == 32)
            #expect(third.pointer - second.pointer == 32)
            #expect(!(0..<96).contains(apart.pointer - first.pointer))
        }
    }

    @Test func arenasNest() {
        let (outer, inner, after) = Buffer.together {
            let outer = Buffer(count: 16)
            let inner = Buffer.together { Buffer(count: 16) }
            return (outer, inner, Buffer(count: 16))
        }
        #expect(after.pointer - outer.pointer == 32)
        #expect(!(0..<96).contains(inner.pointer - outer.pointer))
    }
}
