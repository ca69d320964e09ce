import Foundation

/// The terminal of a job, for its first rank.
///
/// mpirun connects its processes to pipes and puts them into the background. Told to leave standard input
/// alone (`mpirun --stdin none`), it lets the first rank have the terminal that it was started from.
struct JobTerminal {
    private let descriptor: Int32
    /// The group of processes that had the terminal.
    private let before: pid_t

    /// Makes the job's terminal this process's standard input and output; nil if there is none to have.
    init?() {
        var (input, null) = (stat(), stat())
        guard fstat(STDIN_FILENO, &input) == 0, stat("/dev/null", &null) == 0, input.st_rdev == null.st_rdev
        else {
            return nil
        }
        descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC)
        if descriptor < 0 { return nil }
        before = tcgetpgrp(descriptor)
        // A process in the background may take the terminal if it does not mind being told not to.
        signal(SIGTTOU, SIG_IGN)
        guard before > 0, tcsetpgrp(descriptor, getpgrp()) == 0 else {
            close(descriptor)
            return nil
        }
        for stream in [STDIN_FILENO, STDOUT_FILENO] { dup2(descriptor, stream) }
    }

    /// Gives the terminal back.
    func leave() {
        tcsetpgrp(descriptor, before)
        close(descriptor)
    }
}
