import Foundation

/// An alternate stack for the handlers of fatal signals, one per thread: a thread that overflowed
/// its stack cannot run a handler on it. Handlers installed with `SA_ONSTACK` run here.
package enum FaultStack {
    /// Size in bytes. Handlers only write text prepared beforehand, but the kernel saves all vector
    /// registers here.
    private static let size = 64 << 10

    /// Key whose destructor frees a thread's stack when the thread ends.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        let code = pthread_key_create(&key) { memory in
            var none = stack_t(ss_sp: nil, ss_flags: Int32(SS_DISABLE), ss_size: 0)
            sigaltstack(&none, nil)
            munmap(memory, FaultStack.size)
        }
        return code == 0 ? key : nil
    }()

    /// Gives the calling thread an alternate stack, once. Without memory or a key for it, does
    /// nothing.
    package static func prepareThread() {
        guard let key, pthread_getspecific(key) == nil else { return }
        let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)
        guard let memory, memory != MAP_FAILED else { return }
        var stack = stack_t(ss_sp: memory, ss_flags: 0, ss_size: size)
        guard pthread_setspecific(key, memory) == 0, sigaltstack(&stack, nil) == 0 else {
            pthread_setspecific(key, nil)
            munmap(memory, size)
            return
        }
    }
}
