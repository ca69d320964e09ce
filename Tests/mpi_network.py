"""Ranks on several machines, here network namespaces with host names of their own: part of `make test-mpi`, as root.

Trains on three machines, takes a slow link, cuts a cable in mid-run, and kills ranks on other machines than the
first's. Fails at the first thing that is not as it should be. Needs only the standard library.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Benchmarks"))
from ranks import Network

PROGRAM = os.path.abspath(sys.argv[1])
TRAIN = [PROGRAM, "train", "--demo", "--epochs", "2", "--fine-tune-epochs", "2", "--image-size", "96", "--threads", "1", "--json"]
# An ended job has the time to save its run, as with `make run-mpi`.
PATIENT = ["--mca", "odls_base_sigkill_timeout", "5"]
# Longest time that a lost machine may hold up the others, in seconds.
MOST_SECONDS = 30


def fail(sentence, job=None):
    print(f"make test-mpi: {sentence}", file=sys.stderr)
    if job:
        print(job.errors[-3000:], file=sys.stderr)
    sys.exit(1)


class Job:
    """A command whose lines are looked at as they come."""

    def __init__(self, command, home, act=None, is_over=None):
        """act: gets each event, and returns whether it has acted, after which it is not asked again.
        is_over: asked after that whether the ranks have ended, even if the command has not."""
        environment = {**os.environ, "FLOWERS_TUI_HOME": home}
        self.acted_at, self.events = None, []
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
            reader = threading.Thread(target=self.read, args=(process.stdout, act), daemon=True)
            reader.start()
            deadline = time.monotonic() + 300
            while process.poll() is None and time.monotonic() < deadline:
                if self.acted_at is not None and is_over and is_over():
                    break
                time.sleep(0.2)
            self.ended_at = time.monotonic()
            process.kill()
            self.status = process.wait()
            reader.join(5)
            errors.seek(0)
            self.errors = errors.read()

    def read(self, lines, act):
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            self.events.append(event)
            if act and self.acted_at is None and act(event):
                self.acted_at = time.monotonic()

    @property
    def metrics(self):
        keys = "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"
        return [[event[key] for key in keys] for event in self.events if event["event"] == "epoch_ended"]


def is_head(event):
    return event["event"] == "batch_ended" and event["epoch"] == 1


def is_validating(event):
    return event["event"] == "batch_ended" and event["epoch"] == 2 and event["step"] == event["steps"]


def is_fine_tuning(event):
    return event["event"] == "batch_ended" and event["epoch"] == 2


def processes(network, index):
    """Processes of the program in a namespace, as [(process, rank)]."""
    found = []
    pids = subprocess.run(["ip", "netns", "pids", network.names[index]], capture_output=True, text=True).stdout.split()
    for pid in pids:
        try:
            program = os.readlink(f"/proc/{pid}/exe")
            entries = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        rank = [entry.split(b"=")[1] for entry in entries if entry.startswith(b"OMPI_COMM_WORLD_RANK=")]
        if program == os.path.realpath(PROGRAM) and rank:
            found.append((int(pid), int(rank[0])))
    return found


def goes_on(job, home, alone, what):
    """Resumes the run of a job that ended early: together both have the metrics of an unbroken run."""
    rest = Job([PROGRAM, "runs", "resume", "1", "--json", "--threads", "1"], home)
    if rest.status != 0 or job.metrics + rest.metrics != alone.metrics:
        fail(f"{what}: the run does not go on as if nothing had happened", rest)
    return rest


def names(job, what, *members):
    """members: ways to name the rank, one of which must be used."""
    if job.status == 0:
        fail(f"{what}: the job ended as if nothing had happened", job)
    if not any(f"ank {member}" in job.errors for member in members):
        fail(f"{what}: rank {members[0]} is not named", job)


def kills(network, rank, moment, delay=0):
    """Returns what kills a rank at its moment."""
    def act(event):
        if moment(event):
            time.sleep(delay)
            for process, found in processes(network, rank):
                if found == rank:
                    os.kill(process, signal.SIGKILL)
        return moment(event)
    return act


def batches(job):
    return [(event["epoch"], event["step"]) for event in job.events if event["event"] == "batch_ended"]


def survives(count, rank, moment, alone, home, what, delay=0):
    """Kills a rank on a machine of its own, as mpirun is used by default: the first saves what all have done."""
    with Network(count, "10gbit", 0, name="ftt") as network:
        job = Job(network.prefix() + TRAIN, home, kills(network, rank, moment, delay))
        seconds = job.ended_at - job.acted_at
        left = [found for index in range(count) for found in processes(network, index)]
    names(job, what, f"{rank} on ftt{rank} has ended")
    if job.errors.count("all ranks end") != 1:
        fail(f"{what}: not one rank says why it ends", job)
    if left:
        fail(f"{what}: ranks are left: {left}", job)
    if seconds > MOST_SECONDS:
        fail(f"{what} holds the job up for {seconds:.0f} s", job)
    if [event["reason"] for event in job.events if event["event"] == "run_ended"] != ["interrupted"]:
        fail(f"{what}: the first rank does not end the run", job)
    rest = goes_on(job, home, alone, what)
    # None is missing, and none is trained twice.
    if batches(job) + batches(rest) != batches(alone):
        fail(f"{what}: the run is not saved as of its last whole batch", job)
    return seconds


def main(work):
    def home(name):
        return str(work / name)

    os.environ["FLOWERS_TUI_CACHE"] = home("cache")
    alone = Job(TRAIN, home("alone"))
    if alone.status != 0 or len(alone.metrics) != 4:
        fail("one process failed", alone)

    with Network(3, "10gbit", 0, name="ftt") as network:
        job = Job(network.prefix() + PATIENT + TRAIN, home("three"))
        if job.status != 0 or job.metrics != alone.metrics:
            fail("three machines do not give what one process gives", job)
        print("three machines with names of their own give what one process gives", flush=True)

    with Network(2, "100mbit", 0, name="ftt") as network:
        job = Job(network.prefix() + PATIENT + TRAIN, home("slow"))
        if job.status != 0 or "--mca btl_tcp_if_include" not in job.errors or "on ftt" not in job.errors:
            fail("a slow link is not recognised", job)
        print("a slow link is recognised", flush=True)

    with Network(2, "10gbit", 0, name="ftt") as network:
        def cut(event):
            if is_fine_tuning(event):
                subprocess.run(["ip", "link", "set", f"{network.name}h1", "down"], check=True)
            return is_fine_tuning(event)

        # mpirun itself waits for its daemon on the other machine.
        job = Job(
            network.prefix() + PATIENT + TRAIN, home("cut"), cut,
            is_over=lambda: not processes(network, 0) and not processes(network, 1))
        for name in network.names:
            for pid in subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split():
                os.kill(int(pid), signal.SIGKILL)
        names(job, "a cut network", "1 on ftt1")
        seconds = job.ended_at - job.acted_at
        if seconds > MOST_SECONDS:
            fail(f"a cut network holds ranks up for {seconds:.0f} s", job)
        goes_on(job, home("cut"), alone, "a cut network")
        print(f"a cut network ends the ranks on both sides within {seconds:.0f} s", flush=True)

    cases = [(2, 1, is_fine_tuning, "in stage 2"), (2, 1, is_head, "in stage 1"), (2, 1, is_validating, "in validation")]
    cases += [(3, 2, is_fine_tuning, "of three, the last, in stage 2")]
    for number, (count, rank, moment, name) in enumerate(cases):
        what = f"a rank killed on another machine {name}"
        seconds = survives(count, rank, moment, alone, home(f"killed{number}"), what)
        print(f"{what} is named within {seconds:.0f} s, and the run goes on from its last batch", flush=True)


if __name__ == "__main__":
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        main(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
