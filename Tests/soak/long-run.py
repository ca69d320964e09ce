#!/usr/bin/env python3
"""Trains very many batches of a tiny set with the dashboard up, in a pseudo-terminal, and measures whether memory, open
files and the time of a frame stay what they were.

    Tests/soak/long-run.py PROGRAM PHOTOS [BATCHES]

PHOTOS is a folder of photos, of which a few are used. Prints a table, and fails when something grows.
"""
import fcntl
import os
import pty
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import termios
import threading
import time

COLUMNS, ROWS, PHOTOS_A_CLASS, SAMPLES = 120, 40, 16, 20
# The dashboard's frame rate while a run trains.
FRAMES_A_SECOND = 12.5


class Dashboard:
    """The program in a pseudo-terminal, whose output is read and thrown away."""

    def __init__(self, arguments, environment):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execve(arguments[0], arguments, environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.kill(self.process, signal.SIGWINCH)
        self.heard = threading.Event()
        self.tail = b""
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                return
            if not data:
                return
            self.tail = (self.tail + data)[-4096:]
            self.heard.set()

    def press(self, keys):
        os.write(self.terminal, keys)

    def seconds_of_key(self):
        """From a key that changes the screen to the first bytes of what it draws."""
        found = []
        for key in b"512121512":
            time.sleep(0.2)
            self.heard.clear()
            start = time.monotonic()
            self.press(bytes([key]))
            if not self.heard.wait(10):
                sys.exit("The dashboard no longer answers to keys.")
            found.append(time.monotonic() - start)
        return statistics.median(found)

    def memory(self):
        with open(f"/proc/{self.process}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20

    def files(self):
        return len(os.listdir(f"/proc/{self.process}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.process}/task"))

    def drawing_seconds(self):
        """What the main thread, which draws, has had of the processor."""
        with open(f"/proc/{self.process}/task/{self.process}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9

    def is_over(self):
        return os.waitpid(self.process, os.WNOHANG)[0] != 0


def few_photos(source, target):
    classes = sorted(name for name in os.listdir(source) if os.path.isdir(os.path.join(source, name)))
    for name in classes[:3]:
        os.makedirs(os.path.join(target, name))
        for photo in sorted(os.listdir(os.path.join(source, name)))[:PHOTOS_A_CLASS]:
            shutil.copy(os.path.join(source, name, photo), os.path.join(target, name))


def lines(path):
    if not os.path.exists(path):
        return 0
    with open(path, "rb") as file:
        return sum(b'"batch_ended"' in line for line in file)


def main():
    program, photos = os.path.abspath(sys.argv[1]), sys.argv[2]
    batches = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
    work = tempfile.mkdtemp()
    try:
        run(program, photos, batches, work)
    finally:
        shutil.rmtree(work)


def run(program, photos, batches, work):
    few_photos(photos, work + "/photos")
    steps = 3 * PHOTOS_A_CLASS - int(3 * PHOTOS_A_CLASS * 0.2)
    epochs = -(-batches // steps)
    environment = dict(
        os.environ, TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8", FLOWERS_TUI_HOME=work + "/home",
        XDG_CONFIG_HOME=work + "/config", FLOWERS_TUI_CACHE=os.environ.get("FLOWERS_TUI_CACHE", work + "/cache"))
    environment.pop("FLOWERS_TUI_CONFIG", None)
    dashboard = Dashboard(
        [program, "--data", work + "/photos", "--demo", "--epochs", str(epochs), "--fine-tune-epochs", "0", "--batch-size", "1",
         "--image-size", "96", "--threads", "1", "--save-every", "500", "--no-divergence-guard"], environment)
    log = work + "/home/runs/0001/events.jsonl"
    print("  batches  seconds  memory MiB  files  threads  drawing ms a frame  key ms", flush=True)
    begin = time.monotonic()
    samples, before = [], None
    for sample in range(1, SAMPLES + 1):
        wanted = epochs * steps * sample // SAMPLES
        # The last batches are left out of the samples, because the end of the run differs from its
        # middle.
        if sample == SAMPLES:
            wanted -= steps
        while lines(log) < wanted:
            if dashboard.is_over():
                sys.exit(f"The program ended after {lines(log)} batches: {dashboard.tail[-600:].decode(errors='replace')}")
            time.sleep(2 if batches >= 10_000 else 0.2)
        drawn, now = dashboard.drawing_seconds(), time.monotonic()
        frame = (drawn - before[0]) / (now - before[1]) / FRAMES_A_SECOND * 1000 if before else None
        key = dashboard.seconds_of_key() * 1000
        before = (dashboard.drawing_seconds(), time.monotonic())
        values = (lines(log), now - begin, dashboard.memory(), dashboard.files(), dashboard.threads(), frame, key)
        samples.append(values)
        print("%9d %8.0f %11.1f %6d %8d %19s %7.1f" % (*values[:5], "–" if frame is None else "%.2f" % frame, key), flush=True)
    while lines(log) < epochs * steps:
        if dashboard.is_over():
            sys.exit("The program ended before its run did.")
        time.sleep(0.5)
    time.sleep(2)
    dashboard.press(b"q")
    limit = time.monotonic() + 60
    while True:
        found, status = os.waitpid(dashboard.process, os.WNOHANG)
        if found:
            break
        if time.monotonic() > limit:
            sys.exit("The dashboard does not end.")
        # Confirms whatever the dashboard asks.
        dashboard.press(b"\r")
        time.sleep(0.5)
    if status != 0:
        sys.exit(f"The program ended with status {status}.")

    # The warm-up is over after a quarter of the samples.
    early, late = samples[SAMPLES // 4:SAMPLES // 2], samples[-SAMPLES // 4:]

    def middle(part, column):
        return statistics.median(values[column] for values in part if values[column] is not None)

    (memory, memory_now), (files, files_now) = [(middle(early, c), middle(late, c)) for c in (2, 3)]
    (frame, frame_now), (key, key_now) = [(middle(early, c), middle(late, c)) for c in (5, 6)]
    problems = []
    if memory_now > memory + 16:
        problems.append("memory grows")
    if files_now > files + 2:
        problems.append("open files grow")
    if frame_now > frame * 1.5 + 1:
        problems.append("frames take longer")
    if problems:
        sys.exit("After %d batches: %s." % (samples[-1][0], ", ".join(problems)))
    print(
        "%d batches: memory %.0f then %.0f MiB, files %d then %d, a frame %.1f then %.1f ms, a key %.0f then %.0f ms"
        % (epochs * steps, memory, memory_now, files, files_now, frame, frame_now, key, key_now))


main()
