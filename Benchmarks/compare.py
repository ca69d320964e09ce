"""flowers-tui beside other programs on the same photos, in turn, in one run.

usage: compare.py --data PHOTOS [--program .build/release/flowers-tui] [--rounds 3] [--epochs 3] [--only PART …]
       [--json FILE]

Each round trains both stages with flowers-tui and with Keras, `--epochs` epochs a stage; then runs the forward pass,
fine-tuning and decoding of flowers-tui and of every form of the peers in peers.py, the forward pass also with
EfficientNet-Lite0 at 224 pixels; `--only` leaves parts out. A peer counts with the form that was fastest over the
rounds. Ratios above 1 are in favour of flowers-tui; a cell shows the median over the rounds and, behind it, each
round's.

Peers run in float32 and in their default precision where that is another, PyTorch also under bfloat16 autocast. On a
processor that computes bfloat16, flowers-tui is measured in both as well: its float32 beside float32, its bfloat16 beside
what may use the same units.

Keras' first epoch of a stage traces and compiles its graph, so ratios are given over all epochs and over those after
the first. PyTorch fine-tunes without augmentation, flowers-tui with it.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import peers

KERAS = r"""
import json, os, resource, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, tensorflow as tf
data, epochs = sys.argv[1], int(sys.argv[2])
keras.utils.set_random_seed(42)
split = dict(validation_split=0.2, seed=42, image_size=(160, 160), batch_size=32, verbose=False)
training = keras.utils.image_dataset_from_directory(data, subset="training", **split)
validation = keras.utils.image_dataset_from_directory(data, subset="validation", **split)
classes, images, validation_files = len(training.class_names), len(training.file_paths), validation.file_paths
training = training.cache().shuffle(1000).prefetch(tf.data.AUTOTUNE)
validation = validation.cache().prefetch(tf.data.AUTOTUNE)
base = keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights=None)
base.trainable = False
layers = keras.layers
inputs = keras.Input((160, 160, 3))
x = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.2), layers.RandomZoom(0.2)])(inputs)
x = base(keras.applications.mobilenet_v2.preprocess_input(x), training=False)
x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
model = keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))
class Clock(keras.callbacks.Callback):
    stage = 1
    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.time()
    def on_test_begin(self, logs=None):
        self.tested = time.time()
    def on_epoch_end(self, epoch, logs=None):
        now = time.time()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps(dict(
            stage=self.stage, images=images, seconds=self.tested - self.start, validated=len(validation_files),
            validation_seconds=now - self.tested, memory=memory)), flush=True)
clock = Clock()
for clock.stage, rate in ((1, 1e-3), (2, 1e-5)):
    if clock.stage == 2:
        base.trainable = True
        for layer in base.layers[:100]:
            layer.trainable = False
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(training, epochs=epochs, validation_data=validation, callbacks=[clock], verbose=0)
"""


def run_keras(arguments):
    result = subprocess.run(
        [sys.executable, "-c", KERAS, arguments.data, str(arguments.epochs)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def run_ours(arguments):
    with tempfile.TemporaryDirectory() as home:
        command = [
            arguments.program, "train", "--data", arguments.data, "--json", "--home", home, "--demo",
            "--epochs", str(arguments.epochs), "--fine-tune-epochs", str(arguments.epochs),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        rows, started = [], {}
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "run_started":
                started = event
            if event["event"] == "epoch_ended":
                rows.append(dict(
                    stage=1 if event["stage"] == "head" else 2, images=started["train_images"],
                    seconds=event["train_seconds"], validated=started["validation_images"],
                    validation_seconds=event["validation_seconds"]))
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"{' '.join(command)} ended with status {status}.")
        for row in rows:
            row["memory"] = usage.ru_maxrss * 1024
        return rows


def measure_ours(arguments, figure, model=peers.STANDARD):
    result = subprocess.run(
        [arguments.program, "bench", "--data", arguments.data, "--json", "--rounds", "1", "--model", model,
         "--seconds", str(arguments.seconds), "--only", figure],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return json.loads(result.stdout)[figure]


def our_precisions(arguments):
    """The precisions that flowers-tui computes on this processor."""
    result = subprocess.run(
        [arguments.program, "bench", "--data", arguments.data, "--json", "--rounds", "1", "--seconds", "0.1", "--only",
         "fma"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return json.loads(result.stdout)["precision"]


def measure_peer(arguments, form, processes, model=peers.STANDARD):
    """Images a second of one process with a thread a core, or of one pinned process a core."""
    cores = sorted(os.sched_getaffinity(0))
    threads = 1 if processes > 1 else len(cores)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"} if processes > 1 else dict(os.environ)
    script = [sys.executable, "-W", "ignore", peers.__file__, model, form, str(threads), str(arguments.seconds)]
    script += [arguments.data] if form in peers.DECODING else []
    children = []
    for index in range(processes):
        pin = ["taskset", "-c", str(cores[index])] if processes > 1 else []
        children.append(subprocess.Popen(
            pin + script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=environment))
    for child in children:
        while (line := child.stdout.readline()) and line.strip() != "ready":
            pass
    for child in children:
        if child.poll() is None:
            child.stdin.write("go\n")
            child.stdin.flush()
    outputs = [child.communicate()[0].split() for child in children]
    if any(child.returncode != 0 or not output for child, output in zip(children, outputs)):
        return None
    return sum(float(output[-1]) for output in outputs)


class Peers:
    """Rounds of some of our figures beside all forms of the peers that do the same, with one network."""

    def __init__(self, figures, forms, model=peers.STANDARD):
        self.forms, self.model = forms, model
        self.ours, self.theirs = {figure: [] for figure in figures}, {}

    def measure(self, arguments):
        for figure, values in self.ours.items():
            values.append(measure_ours(arguments, figure, self.model))
        for form in self.forms:
            for processes in (1, len(os.sched_getaffinity(0))):
                value = measure_peer(arguments, form, processes, self.model)
                name = f"{form}, {'one process' if processes == 1 else f'{processes} processes'}"
                if value is None:
                    print(f"{name} failed and is left out.", file=sys.stderr)
                else:
                    self.theirs.setdefault(name, []).append(value)

    def rows(self, label, figure, peer, target):
        """A figure beside the fastest form whose name begins with `peer`; none where either was not measured."""
        forms = {name: values for name, values in self.theirs.items() if name.startswith(peer)}
        if not forms or figure not in self.ours:
            return []
        best = max(forms, key=lambda name: statistics.median(forms[name]))
        return [(f"{label} ({best})", self.ours[figure], forms[best], target)]

    def own_rows(self, label, target, figure, other):
        """Two of our figures beside each other."""
        if not self.ours.get(figure) or not self.ours.get(other):
            return []
        return [(f"{label} (flowers-tui float32)", self.ours[figure], self.ours[other], target)]


PARTS = ["epochs", "forward", "lite0", "stage1", "stage2", "decode"]


def rate(rows, stage, skip):
    rows = [row for row in rows if row["stage"] == stage][skip:]
    return sum(row["images"] for row in rows) / sum(row["seconds"] for row in rows)


def validation_rate(rows, stage, first):
    rows = [row for row in rows if row["stage"] == stage]
    row = rows[0] if first else min(rows[1:], key=lambda row: row["validation_seconds"])
    return row["validated"] / row["validation_seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--program", default=".build/release/flowers-tui")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement of a peer")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part to measure; all without this")
    parser.add_argument("--json", help="a file for all values")
    arguments = parser.parse_args()
    if arguments.epochs < 2:
        sys.exit("--epochs must be 2 or more: the first epoch of a stage is left out of one ratio.")
    # In its own process, which keeps the peers' libraries out of this one.
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import peers; [peers.export_onnx(name) for name in peers.NETWORKS]"],
        check=True,
        cwd=os.path.dirname(os.path.abspath(peers.__file__)), stderr=subprocess.DEVNULL)
    # The first start decodes the photos, so that the comparison runs on a warm cache.
    measure_ours(arguments, "decode_images_per_second")
    both = ["", "_bfloat16"] if "bfloat16" in our_precisions(arguments) else [""]
    forward = Peers([f"forward{precision}_images_per_second" for precision in both], list(peers.FORWARD))
    lite = Peers(
        ["forward_images_per_second"], [form for form in peers.FORWARD if " float32," in form], "efficientnet-lite0")
    training = Peers([f"stage1{precision}_images_per_second" for precision in both], [])
    tuning = Peers([f"stage2{precision}_images_per_second" for precision in both], list(peers.FINE_TUNING))
    decoding = Peers(["decode_images_per_second"], list(peers.DECODING))
    parts = {"forward": forward, "lite0": lite, "stage1": training, "stage2": tuning, "decode": decoding}
    chosen = arguments.only or PARTS
    ours, keras = [], []
    for round_ in range(arguments.rounds):
        if "epochs" in chosen:
            ours.append(run_ours(arguments))
            keras.append(run_keras(arguments))
        for name, part in parts.items():
            if name in chosen:
                part.measure(arguments)
        print(f"round {round_ + 1} of {arguments.rounds} done", file=sys.stderr)

    rows = []
    for stage, target in ((1, 4.5), (2, 3.3)) if ours else ():
        for skip, label in ((0, "all epochs"), (1, "after the first")):
            rows.append((
                f"stage {stage}, {label} (Keras)", [rate(run, stage, skip) for run in ours],
                [rate(run, stage, skip) for run in keras], target if skip == 0 else None))
    for stage in (1, 2) if ours else ():
        for first, label in ((True, "first"), (False, "again")):
            rows.append((
                f"validation in stage {stage}, {label} (Keras)", [validation_rate(run, stage, first) for run in ours],
                [validation_rate(run, stage, first) for run in keras],
                {(1, True): 3, (1, False): 100}.get((stage, first))))
    for peer in ("ONNX Runtime float32", "OpenVINO float32", "PyTorch float32"):
        rows += forward.rows("forward, float32", "forward_images_per_second", peer, 1.15)
        rows += lite.rows(f"forward, {lite.model}", "forward_images_per_second", peer, 1.15)
    if len(both) > 1:
        for peer, target in (("OpenVINO default", 1.3), ("PyTorch autocast", None)):
            rows += forward.rows("forward, bfloat16", "forward_bfloat16_images_per_second", peer, target)
    else:
        # Without the units a default is compared with what we have.
        for peer in ("OpenVINO default", "PyTorch autocast"):
            rows += forward.rows("forward, float32", "forward_images_per_second", peer, None)
    for label, part, name, target in (
            ("forward", forward, "forward", 2.5), ("stage 1", training, "stage1", 1.8), ("stage 2", tuning, "stage2", 1.7)):
        rows += part.own_rows(
            f"{label}, bfloat16", target, f"{name}_bfloat16_images_per_second", f"{name}_images_per_second")
    for peer, target in (("PyTorch float32", 3), ("PyTorch autocast", 3)):
        rows += tuning.rows("stage 2, float32", "stage2_images_per_second", peer, target)
    rows += tuning.rows("stage 2, bfloat16", "stage2_bfloat16_images_per_second", "PyTorch autocast", 4)
    for library in peers.DECODING:
        rows += decoding.rows("decode and resize", "decode_images_per_second", library, 1.0)
    memory = [[max(row["memory"] for row in run) / 1e6 for run in runs] for runs in (keras, ours)]
    print(f"{'images a second':74}{'flowers-tui':>12}{'peer':>9}{'ratio':>8}  target  ratios of the rounds")
    for label, mine, theirs, target in rows:
        ratios = [a / b for a, b in zip(mine, theirs)]
        ratio = statistics.median(ratios)
        wanted = "" if target is None else f"{target:g} {'met' if ratio >= target else 'MISSED'}"
        print(
            f"{label:74}{statistics.median(mine):12.0f}{statistics.median(theirs):9.0f}{ratio:8.2f}  {wanted:10}  "
            f"{' '.join(f'{r:.2f}' for r in ratios)}")
    if ours:
        print(
            f"{'peak memory, MB (Keras)':74}{statistics.median(memory[1]):12.0f}{statistics.median(memory[0]):9.0f}"
            f"{statistics.median(memory[0]) / statistics.median(memory[1]):8.2f}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(dict(
                ours=ours, keras=keras,
                **{name: dict(ours=part.ours, theirs=part.theirs) for name, part in parts.items()}), file)


if __name__ == "__main__":
    main()
