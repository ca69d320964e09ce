// Sessions: a run as a front end sees it, whoever trains it.
//
// Holds the session that trains in this process, a replay of a recorded run, a connection to a run
// of another process, and the inspector that looks into a run while it goes on.
//
// Promises:
// - All three are a `TrainingSession` and say themselves what they can do; no call waits for the
//   trainer.
// - Queues are bounded, so a front end that stops reading costs no memory.
// - Only the run's owner can attach to it, and every message is bounded before it is read.
//
// Needs no database: it tells a `RunIndex` of its runs, if it is given one.
//
// Never draws, and words nothing: failures and warnings are values.
//
// Where things are:
// - `Session/RunSession`: a run from options to end, with `RunInputs` before and `RunRecorder` beside it.
// - `Session/RecordedRun`: a finished run to look at, in which nothing is written.
// - `Session/SessionRequest`: what a front end asks to see next.
// - `Session/ReplaySession`, `RunReplay`: a recorded run, played anew or as still frames.
// - `Session/Inspector`: explanations and similar photos of a run that goes on.
// - `Session/SessionLog`: a record of a session for other programs.
// - `Session/SessionQueue`: events until a front end fetches them.
// - `Control/ControlServer`, `RemoteSession`: both ends of the socket.
// - `Control/ControlMessage`, `FrameDecoder`: what passes through it.
// - `Session/SessionFailure`, `Control/ControlFailure`: what can go wrong in a session and between two.
// - `Control/BackgroundTrainer`, `LiveRuns`, `LiveRunFailure`: runs that go on in other processes.
