"""Measures runs that several ranks share: `make bench-mpi`.

Weak and strong scaling on one and two ranks with a core each, and on 2 and 4 ranks in network namespaces whose
links tc shapes (root). Where the kernel has netem, links get a delay as well; else only a rate. Prints tables in
Markdown and a model fitted to them, which predicts more machines. Needs only the standard library.
"""

import argparse
import concurrent.futures
import itertools
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

def run(command, environment, **options):
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, **options)


class Bench:
    def __init__(self, arguments):
        self.program = os.path.abspath(arguments.program)
        self.rounds, self.photos = arguments.rounds, arguments.photos
        self.work = pathlib.Path(tempfile.mkdtemp())
        self.data = self.few(arguments.data)
        self.environment = {"FLOWERS_TUI_CACHE": str(self.work / "cache"), "LANG": "C.UTF-8"}
        self.weights = arguments.weights
        self.parameters = {}

    def few(self, data):
        """Copies the same number of photos of each class, so that rounds are short."""
        if not data:
            found = run([self.program, "data", "fetch", "--json"], {}).stdout
            data = json.loads(found.splitlines()[-1])["photos"]
        classes = sorted(path for path in pathlib.Path(data).iterdir() if path.is_dir())
        for folder in classes:
            target = self.work / "photos" / folder.name
            target.mkdir(parents=True)
            for photo in sorted(folder.glob("*.jpg"))[: self.photos // len(classes)]:
                shutil.copy(photo, target)
        return str(self.work / "photos")

    def command(self, batch, fine_tune_at, threads=1):
        return [
            self.program, "train", "--data", self.data, "--json", "--threads", str(threads), "--batch-size", str(batch),
            "--epochs", "2", "--fine-tune-epochs", "2", "--fine-tune-at", str(fine_tune_at), "--demo",
        ] + (["--weights", self.weights] if self.weights else [])

    def measure(self, prefix, command):
        """Returns photos/s of stage 1 and of stage 2: of the second epoch of each, whose photos are decoded."""
        home = tempfile.mkdtemp(dir=self.work)
        result = run(prefix + command, {**self.environment, "FLOWERS_TUI_HOME": home})
        if result.returncode:
            sys.exit(f"{' '.join(prefix + command)} failed:\n{result.stderr[-2000:]}")
        events = [json.loads(line) for line in result.stdout.splitlines()]
        epochs = [event for event in events if event["event"] == "epoch_ended"]
        self.parameters[command[command.index("--fine-tune-at") + 1]] = [
            event["trainable_parameters"] for event in events if event["event"] == "stage_started"][-1]
        shutil.rmtree(home, ignore_errors=True)
        return epochs[1]["images_per_second"], epochs[3]["images_per_second"]

    def measure_alone(self, command):
        """Returns the mean of as many processes at once as the machine has cores, each on one of its own: a rank
        beside others finds the memory and the clock of a machine that is busy, too."""
        cores = sorted(os.sched_getaffinity(0))
        with concurrent.futures.ThreadPoolExecutor(len(cores)) as pool:
            each = list(pool.map(lambda core: self.measure(["taskset", "-c", str(core)], command), cores))
        return tuple(statistics.mean(figures) for figures in zip(*each))

    def medians(self, cases):
        """Measures the cases in turn, round by round, so that all see the same machine."""
        found = {name: [] for name in cases}
        for _ in range(self.rounds):
            for name, (prefix, command) in cases.items():
                found[name].append(self.measure(prefix, command) if prefix else self.measure_alone(command))
        return {name: tuple(statistics.median(pair) for pair in zip(*rounds)) for name, rounds in found.items()}


def mpirun(*options):
    return ["mpirun"] + (["--allow-run-as-root"] if os.geteuid() == 0 else []) + ["--oversubscribe"] + list(options)


def on_cores(bench):
    """One and two ranks, pinned to a core each, against one process with one and two threads."""
    cases = {
        "1 thread": (["taskset", "-c", "0"], bench.command(32, 100)),
        "2 threads": (["taskset", "-c", "0,1"], bench.command(32, 100, threads=2)),
        "2 ranks, batch 32 (strong)": (mpirun("-n", "2", "--bind-to", "core"), bench.command(32, 100)),
        "2 threads, batch 64": (["taskset", "-c", "0,1"], bench.command(64, 100, threads=2)),
        "2 ranks, batch 64 (weak)": (mpirun("-n", "2", "--bind-to", "core"), bench.command(64, 100)),
    }
    return bench.medians(cases)


class Network:
    """Namespaces, each with one link to a bridge. Tests/mpi_network.py uses it too, under another name."""

    def __init__(self, count, rate, delay, name="ftr"):
        self.name, self.names = name, [f"{name}{index}" for index in range(count)]
        self.addresses = [f"10.213.0.{index + 1}" for index in range(count)]
        self.agent = None
        self.rate, self.delay = rate, delay

    def call(self, *words, check=True):
        return subprocess.run(words, check=check, capture_output=True)

    def __enter__(self):
        self.remove()
        self.call("ip", "link", "add", f"{self.name}bridge", "type", "bridge")
        self.call("ip", "link", "set", f"{self.name}bridge", "up")
        for index, (name, address) in enumerate(zip(self.names, self.addresses)):
            self.call("ip", "netns", "add", name)
            self.call("ip", "link", "add", f"{self.name}h{index}", "type", "veth", "peer", "name", f"{self.name}n{index}")
            self.call("ip", "link", "set", f"{self.name}h{index}", "master", f"{self.name}bridge", "up")
            self.call("ip", "link", "set", f"{self.name}n{index}", "netns", name)
            inside = ["ip", "netns", "exec", name]
            self.call(*inside, "ip", "addr", "add", f"{address}/24", "dev", f"{self.name}n{index}")
            self.call(*inside, "ip", "link", "set", f"{self.name}n{index}", "up")
            self.call(*inside, "ip", "link", "set", "lo", "up")
            self.shape(f"{self.name}h{index}", [])
            self.shape(f"{self.name}n{index}", inside)
        # Open MPI starts its daemons with this in the place of ssh; each gets a host name of its own.
        self.agent = tempfile.NamedTemporaryFile("w", suffix=".sh", delete=False)
        self.agent.write(
            f"#!/bin/sh\nhost=$1\nshift\nname={self.name}$((${{host##*.}} - 1))\n"
            f"core=$(( (${{host##*.}} - 1) % {os.cpu_count()} ))\n"
            'exec ip netns exec "$name" unshare --uts sh -c "hostname $name; exec taskset -c $core $*"\n')
        self.agent.close()
        os.chmod(self.agent.name, 0o755)
        return self

    def shape(self, device, inside):
        if self.delay and self.has_netem():
            kind = ["netem", "rate", self.rate, "delay", f"{self.delay / 2}ms"]
        else:
            kind = ["tbf", "rate", self.rate, "burst", "1mb", "latency", "50ms"]
        self.call(*inside, "tc", "qdisc", "add", "dev", device, "root", *kind)

    @staticmethod
    def has_netem():
        made = subprocess.run(["ip", "netns", "add", "ftrprobe"], capture_output=True)
        found = subprocess.run(
            ["ip", "netns", "exec", "ftrprobe", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"],
            capture_output=True)
        subprocess.run(["ip", "netns", "del", "ftrprobe"], capture_output=True)
        return made.returncode == 0 and found.returncode == 0

    def prefix(self):
        # mpirun itself stands in the first namespace's network, too.
        start = ["ip", "netns", "exec", self.names[0], "unshare", "--uts", "sh", "-c", 'hostname mpirun; exec "$@"', "sh"]
        return start + mpirun(
            "-n", str(len(self.names)), "--host", ",".join(f"{address}:1" for address in self.addresses), "--bind-to",
            "none", "--mca", "plm_rsh_agent", self.agent.name, "--mca", "btl", "self,tcp", "--mca",
            "orte_keep_fqdn_hostnames", "1", "--mca", "btl_tcp_if_include", "10.213.0.0/24", "--mca",
            "oob_tcp_if_include", "10.213.0.0/24", "-x", "FLOWERS_TUI_CACHE", "-x", "FLOWERS_TUI_HOME")

    def remove(self):
        for index in range(8):
            # The kernel takes its time to remove a namespace, and the name of a link in it is not free until then.
            self.call("ip", "link", "del", f"{self.name}h{index}", check=False)
            self.call("ip", "netns", "del", f"{self.name}{index}", check=False)
        self.call("ip", "link", "del", f"{self.name}bridge", check=False)

    def __exit__(self, *_):
        self.remove()
        if self.agent:
            os.unlink(self.agent.name)


def over_links(bench, ranks, rates, delays, layers):
    rows = {}
    for layer in layers:
        alone = bench.medians({"": ([], bench.command(16, layer))})[""]
        rows |= {(1, rate, delay, layer): alone for rate in rates for delay in delays}
    for count, rate, delay, layer in itertools.product(ranks, rates, delays, layers):
        with Network(count, rate, delay) as network:
            rows[count, rate, delay, layer] = bench.medians(
                {"": (network.prefix(), bench.command(16 * count, layer))})[""]
    return rows


# The engine's: most ranks that add one after the other, floats of its larger buckets, and about the part of
# fine-tuning's time that the gradients of weights take, in which their sums travel, and, by the first layer that
# trains, the frozen layers, which are computed for the next batch while sums are awaited.
MOST_IN_CHAIN, BUCKET_FLOATS, GRADIENT_PART = 8, 1 << 17, 0.25
FROZEN_PART = {100: 0.33, 27: 0.1}


def step(ranks, photos, seconds_a_photo, parameters, layer, bandwidth, latency, fixed):
    """Seconds of a step of fine-tuning with `photos` photos a rank: computing, what is the same however many ranks
    there are, five exchanges of small messages, and what the computing of gradients and of the next batch's frozen
    layers does not hide of the sums' way: their transfer, and the time until a bucket has been through the chain of
    ranks."""
    compute = photos * seconds_a_photo
    if ranks == 1:
        return compute
    gradients, buckets = GRADIENT_PART * compute, max(1, parameters / BUCKET_FLOATS)
    transfer = 2 * (ranks - 1) / ranks * 4 * parameters / bandwidth
    # Features of all photos reach every rank.
    features = photos * (ranks - 1) * 5120 / bandwidth
    chain = (ranks - 1) * (gradients / buckets + 4 * BUCKET_FLOATS / bandwidth) if ranks <= MOST_IN_CHAIN else 0
    # Passed along by each rank.
    messages = 5 * latency * (1 + ranks.bit_length())
    sums = chain + max(0.0, transfer - gradients)
    return compute + fixed + features + messages + max(0.0, sums - FROZEN_PART[layer] * compute)


BYTES_A_SECOND = {"1gbit": 1.25e8, "10gbit": 1.25e9}


def fit(rows, parameters):
    """Returns the part of a link's rate that is reached, and the fixed seconds, that fit the measurements best, and
    the largest relative error."""
    cores = os.cpu_count()

    def errors(part, fixed):
        for (ranks, rate, delay, layer), (_, found) in rows.items():
            if ranks == 1:
                continue
            # Ranks that share a core take turns in all that they compute.
            shared = max(1, ranks / cores)
            seconds = step(
                ranks, 16, shared / rows[1, rate, delay, layer][1], parameters[layer], layer,
                part * BYTES_A_SECOND[rate], delay / 1000, shared * fixed)
            yield 16 * ranks / seconds / found - 1

    candidates = itertools.product([i / 20 for i in range(2, 21)], [i / 1000 for i in range(0, 61)])
    part, fixed = min(candidates, key=lambda pair: sum(error * error for error in errors(*pair)))
    return part, fixed, max(abs(error) for error in errors(part, fixed))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--data")
    parser.add_argument("--weights")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--photos", type=int, default=640)
    parser.add_argument("--only", choices=["cores", "links"])
    arguments = parser.parse_args()
    bench = Bench(arguments)
    try:
        cores = on_cores(bench) if arguments.only != "links" else {}
        if cores:
            print("| one machine | stage 1, photos/s | stage 2, photos/s |\n|---|---|---|")
            for name, (first, second) in cores.items():
                print(f"| {name} | {first:.0f} | {second:.0f} |")
            for kind, ranks, threads in [("strong", "2 ranks, batch 32 (strong)", "2 threads"),
                                         ("weak", "2 ranks, batch 64 (weak)", "2 threads, batch 64")]:
                first, second = (a / b for a, b in zip(cores[ranks], cores[threads]))
                print(f"\n{kind} scaling, 2 ranks against 2 threads: stage 1 {first:.3f}, stage 2 {second:.3f}")
        if arguments.only == "cores":
            return
        if os.geteuid() != 0:
            print("\nThe links between namespaces need root; they were left out.")
            return
        delays = [0.1, 1.0] if Network.has_netem() else [0]
        if delays == [0]:
            print("\nThis kernel has no netem: links have a rate and no delay.")
        rows = over_links(bench, [2, 4], ["1gbit", "10gbit"], delays, [100, 27])
        print("\n| ranks | link | delay | trains from | stage 1, photos/s | stage 2, photos/s | weak scaling, stage 2 |")
        print("|---|---|---|---|---|---|---|")
        for (count, rate, delay, layer), (first, second) in rows.items():
            alone = rows[1, rate, delay, layer][1]
            # More ranks than cores share them.
            cores_each = min(1, os.cpu_count() / count)
            print(f"| {count} | {rate} | {delay} ms | {layer} | {first:.0f} | {second:.0f} "
                  f"| {second / count / alone / cores_each:.3f} |")
        parameters = {int(layer): count for layer, count in bench.parameters.items()}
        part, fixed, error = fit(rows, parameters)
        print(f"\nFitted: {part:.0%} of a link's rate, {1000 * fixed:.0f} ms a step; errors up to {error:.0%}.")
        photo = 1 / rows[1, "10gbit", delays[0], 100][1]
        print("\nPredicted weak scaling of fine-tuning from layer 100, 16 photos a machine, 0.1 ms:\n")
        print("| machines | 1 Gbit/s | 10 Gbit/s | 25 Gbit/s |\n|---|---|---|---|")
        for machines in [2, 4, 8, 16, 32, 64, 128, 256]:
            cells = (16 * photo / step(machines, 16, photo, parameters[100], 100, part * rate, 1e-4, fixed)
                     for rate in [1.25e8, 1.25e9, 3.125e9])
            print(f"| {machines} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    finally:
        shutil.rmtree(bench.work, ignore_errors=True)


if __name__ == "__main__":
    main()
