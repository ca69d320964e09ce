"""flowers-tui beside Keras on the same photos, in turn, in one run: images a second over whole epochs, and memory.

usage: compare.py --data PHOTOS [--program .build/release/flowers-tui] [--rounds 3] [--epochs 2]

Each round trains both stages with either program, `--epochs` epochs a stage. Keras' first epoch of a stage traces
and compiles its graph, so ratios are given over all epochs and over those after the first.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

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
classes, images = len(training.class_names), len(training.file_paths)
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
        self.start, self.end = time.time(), None
    def on_test_begin(self, logs=None):
        self.end = time.time()
    def on_epoch_end(self, epoch, logs=None):
        seconds = (self.end or time.time()) - self.start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps(dict(stage=self.stage, images=images, seconds=seconds, memory=memory)), flush=True)
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
            arguments.program, "train", "--data", arguments.data, "--json", "--home", home,
            "--epochs", str(arguments.epochs), "--fine-tune-epochs", str(arguments.epochs),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        rows, images = [], 0
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "run_started":
                images = event["train_images"]
            if event["event"] == "epoch_ended":
                stage = 1 if event["stage"] == "head" else 2
                rows.append(dict(stage=stage, images=images, seconds=event["train_seconds"]))
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"{' '.join(command)} ended with status {status}.")
        for row in rows:
            row["memory"] = usage.ru_maxrss * 1024
        return rows


def rate(rows, stage, skip):
    rows = [row for row in rows if row["stage"] == stage][skip:]
    return sum(row["images"] for row in rows) / sum(row["seconds"] for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--program", default=".build/release/flowers-tui")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.epochs < 2:
        sys.exit("--epochs must be 2 or more: the first epoch of a stage is left out of one ratio.")
    results = []
    for round_ in range(arguments.rounds):
        results.append((run_ours(arguments), run_keras(arguments)))
        print(f"round {round_ + 1} of {arguments.rounds} done", file=sys.stderr)
    print(f"{'':34}{'flowers-tui':>12}{'Keras':>9}{'ratio':>8}   ratios of the rounds")
    for stage in (1, 2):
        for skip, label in ((0, "all epochs"), (1, "after the first epoch")):
            ours = [rate(a, stage, skip) for a, _ in results]
            keras = [rate(b, stage, skip) for _, b in results]
            ratios = [a / b for a, b in zip(ours, keras)]
            print(
                f"{f'stage {stage} images/s, {label}':34}{statistics.median(ours):12.0f}{statistics.median(keras):9.0f}"
                f"{statistics.median(ratios):8.2f}   {' '.join(f'{r:.2f}' for r in ratios)}")
    memory = [max(row["memory"] for row in side) / 1e6 for side in results[-1]]
    print(f"{'peak memory, MB':34}{memory[0]:12.0f}{memory[1]:9.0f}{memory[1] / memory[0]:8.2f}")


main()
