import Basics
package import COneDNN

/// The edge to oneDNN's C API: engine, memory descriptors, memories, primitives.
///
/// Primitives may be shared between threads because each is created with a scratchpad that the caller
/// provides; with the library's own, threads overwrite each other's. Memories, streams and
/// `Execution`s belong to one worker.
package enum OneDNN {
    // The engine is immutable and oneDNN's engine functions are thread-safe.
    nonisolated(unsafe) static let engine: dnnl_engine_t = {
        var engine: dnnl_engine_t?
        check(dnnl_engine_create(&engine, dnnl_cpu, 0))
        return engine!
    }()

    /// Keeps oneDNN from printing on standard output, whatever `ONEDNN_VERBOSE` says.
    package static func silence() { dnnl_set_verbose(0) }

    /// oneDNN fails only on a misuse of its API or when memory is out; neither can be handled.
    static func check(_ status: dnnl_status_t, _ what: @autoclosure () -> String = "oneDNN") {
        guard status == dnnl_success else { fatalError("\(what()) failed with status \(status.rawValue)") }
    }

    package static func destroy(_ stream: dnnl_stream_t) { dnnl_stream_destroy(stream) }

    /// Version of the library at run time, such as `3.7.2`.
    package static let version: String = {
        guard let version = dnnl_version()?.pointee else { return "unknown" }
        return "\(version.major).\(version.minor).\(version.patch)"
    }()

    package static func makeStream() -> dnnl_stream_t {
        var stream: dnnl_stream_t?
        check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue))
        return stream!
    }
}

/// Shape, element type and layout of a tensor.
struct MemoryDescriptor: Equatable {
    private let layout: Layout

    /// Layout that oneDNN made for us; destroyed with the last descriptor that refers to it.
    private final class Layout {
        let handle: flowers_layout_t

        init(_ handle: flowers_layout_t) { self.handle = handle }

        deinit { flowers_layout_destroy(handle) }
    }

    /// - Parameters:
    ///   - tag: oneDNN's layout; `dnnl_format_tag_any` leaves it to the primitive.
    ///   - type: of the elements.
    init(_ shape: [Int], _ tag: dnnl_format_tag_t, _ type: Precision = .float32) {
        var handle: flowers_layout_t?
        let dims = shape.map { dnnl_dim_t($0) }
        let element = type == .float32 ? dnnl_f32 : dnnl_bf16
        OneDNN.check(
            flowers_layout_create(&handle, Int32(shape.count), dims, element, tag), "descriptor \(shape)")
        layout = Layout(handle!)
    }

    /// Layout that `primitive` chose for what `query` and `index` name.
    init(of primitive: dnnl_primitive_desc_t, _ query: dnnl_query_t, _ index: Int32) {
        var handle: flowers_layout_t?
        OneDNN.check(flowers_layout_query(&handle, primitive, query, index), "layout \(index)")
        layout = Layout(handle!)
    }

    /// Valid as long as the descriptor.
    var handle: flowers_layout_t { layout.handle }
    var bytes: Int { flowers_layout_bytes(handle) }
    /// Floats of storage, which for a Float32 tensor is the number of its elements.
    var floats: Int { (bytes + 3) / 4 }

    static func == (a: Self, b: Self) -> Bool { flowers_layouts_equal(a.handle, b.handle) != 0 }
}

/// A oneDNN memory: a descriptor bound to storage.
final class Memory {
    let handle: dnnl_memory_t
    let descriptor: MemoryDescriptor
    /// Kept alive for the memory; nil when bound to storage that lives elsewhere.
    private let buffer: Buffer?
    // Memory of `buffer`, or of what `rebind` was given, which its caller keeps until the next one.
    private(set) var pointer: UnsafeMutablePointer<Float>

    init(_ descriptor: MemoryDescriptor, in buffer: Buffer? = nil) {
        let storage = buffer ?? Buffer(count: descriptor.floats)
        precondition(
            storage.count >= descriptor.floats, "buffer of \(storage.count) for \(descriptor.floats)")
        self.descriptor = descriptor
        self.buffer = storage
        pointer = storage.pointer
        handle = Self.create(descriptor, storage.pointer)
    }

    private static func create(_ descriptor: MemoryDescriptor, _ pointer: UnsafeMutablePointer<Float>)
        -> dnnl_memory_t
    {
        var handle: dnnl_memory_t?
        OneDNN.check(flowers_memory_create(&handle, descriptor.handle, OneDNN.engine, pointer))
        return handle!
    }

    /// Points the memory at other storage of at least the descriptor's size.
    func rebind(_ pointer: UnsafeMutablePointer<Float>) {
        self.pointer = pointer
        OneDNN.check(dnnl_memory_set_data_handle(handle, pointer))
    }

    deinit { dnnl_memory_destroy(handle) }
}

/// A compiled operation and the layouts that it chose.
final class Primitive {
    let handle: dnnl_primitive_t
    let scratchpad: MemoryDescriptor
    /// oneDNN's name of the implementation; `ref:any` means slow reference code.
    let implementation: String
    private let description: dnnl_primitive_desc_t

    /// - Parameter description: owned from here on.
    ///   Make it after `WorkerThread.useOneOpenMPThread()`.
    init(_ description: dnnl_primitive_desc_t) {
        self.description = description
        var handle: dnnl_primitive_t?
        OneDNN.check(dnnl_primitive_create(&handle, description), "primitive")
        self.handle = handle!
        scratchpad = MemoryDescriptor(of: description, dnnl_query_scratchpad_md, 0)
        var name: UnsafePointer<CChar>?
        dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name)
        implementation = name.map { String(cString: $0) } ?? "?"
    }

    /// The layout that the primitive wants for an argument such as `DNNL_ARG_WEIGHTS`.
    func layout(_ argument: Int32) -> MemoryDescriptor {
        MemoryDescriptor(of: description, dnnl_query_exec_arg_md, argument)
    }

    var hint: dnnl_primitive_desc_t { description }

    /// Copies between two layouts of one shape.
    static func reorder(from source: MemoryDescriptor, to target: MemoryDescriptor) -> Primitive {
        WorkerThread.useOneOpenMPThread()
        var description: dnnl_primitive_desc_t?
        let attributes = Attributes()
        OneDNN.check(
            flowers_reorder_create(
                &description, OneDNN.engine, source.handle, target.handle, attributes.handle), "reorder")
        return Primitive(description!)
    }

    deinit {
        dnnl_primitive_destroy(handle)
        dnnl_primitive_desc_destroy(description)
    }

    /// Primitive attributes with a caller-provided scratchpad and optional post-operations.
    final class Attributes {
        let handle: dnnl_primitive_attr_t

        init(_ operations: [PostOperation] = []) {
            var attributes: dnnl_primitive_attr_t?
            OneDNN.check(dnnl_primitive_attr_create(&attributes))
            handle = attributes!
            OneDNN.check(dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user))
            var list: dnnl_post_ops_t?
            OneDNN.check(dnnl_post_ops_create(&list))
            for operation in operations {
                switch operation {
                case .relu6: OneDNN.check(flowers_append_clip(list, 0, 6))
                case .accumulate: OneDNN.check(flowers_append_accumulation(list))
                case .add(let descriptor): OneDNN.check(flowers_append_addition(list, descriptor.handle))
                }
            }
            OneDNN.check(dnnl_primitive_attr_set_post_ops(handle, list))
            dnnl_post_ops_destroy(list)
        }

        deinit { dnnl_primitive_attr_destroy(handle) }
    }

    enum PostOperation {
        /// min(max(x, 0), 6).
        case relu6
        /// Adds to what the destination holds.
        case accumulate
        /// Adds a second source, argument `Execution.addend`.
        case add(MemoryDescriptor)
    }
}

/// A primitive bound to one worker's memories, ready to run again and again.
struct Execution {
    /// Argument of the second source of a post-operation at index 0.
    static let addend = Int32(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE) | Int32(DNNL_ARG_SRC_1)

    let primitive: Primitive
    private let arguments: [dnnl_exec_arg_t]
    /// Keeps the memories of `arguments` alive.
    private let memories: [Memory]

    /// - Parameter scratchpad: at least `primitive.scratchpad` in size; free for others between runs.
    init(_ primitive: Primitive, scratchpad: Buffer, _ arguments: [Int32: Memory]) {
        var arguments = arguments
        if primitive.scratchpad.bytes > 0 {
            arguments[Int32(DNNL_ARG_SCRATCHPAD)] = Memory(primitive.scratchpad, in: scratchpad)
        }
        self.primitive = primitive
        memories = Array(arguments.values)
        self.arguments = arguments.map { dnnl_exec_arg_t(arg: $0.key, memory: $0.value.handle) }
    }

    /// Copies a tensor to another layout or element type, rounding to the nearest.
    static func reorder(_ source: Memory, to target: Memory) -> Execution {
        let primitive = Primitive.reorder(from: source.descriptor, to: target.descriptor)
        return Execution(
            primitive, scratchpad: Buffer(count: primitive.scratchpad.floats),
            [Int32(DNNL_ARG_FROM): source, Int32(DNNL_ARG_TO): target])
    }

    func run(_ stream: dnnl_stream_t) {
        arguments.withUnsafeBufferPointer {
            OneDNN.check(
                dnnl_primitive_execute(primitive.handle, stream, Int32($0.count), $0.baseAddress), "execution"
            )
        }
    }
}
