"""Reads a run's logs with TensorBoard and pandas: logs.py PROGRAM FOLDER

PROGRAM trains a short run on the demo's photos below FOLDER, interrupted once, and exports it.
Called by Tests/interop.sh.
"""
import io
import json
import os
import signal
import subprocess
import sys
import time

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3")

import numpy as np
import pandas
from PIL import Image
from importlib.metadata import version
from tensorboard.backend.event_processing import event_accumulator, event_multiplexer
from tensorboard.plugins.hparams import metadata, plugin_data_pb2
from tensorboard.util import tensor_util

program, folder = sys.argv[1:3]
home, live, exported = (f"{folder}/{name}" for name in ("home", "live", "exported"))
failures = []
EPOCHS = 3


def row(tool, subject, found, passed):
    print(f"{tool:<18} {version(tool):<10} {subject:<40} {found:>12}  {'ok' if passed else 'FAILED'}", flush=True)
    if not passed:
        failures.append(f"{tool}: {subject}")


def call(*words):
    return subprocess.run([program, *words, "--home", home], check=True, capture_output=True, text=True).stdout


def events(file):
    return [json.loads(line) for line in open(file)]


# A run that is interrupted in its second epoch, then goes on.
options = ["--demo", "--epochs", "2", "--fine-tune-epochs", "1", "--image-size", "96", "--home", home,
           "--tensorboard", live, "--json"]
process = subprocess.Popen([program, "train", *options], stdout=subprocess.PIPE, text=True)
for line in process.stdout:
    event = json.loads(line)
    if event["event"] == "batch_ended" and event["epoch"] == 1:
        process.send_signal(signal.SIGINT)
        break
process.stdout.read()
row("tensorboard", "an interrupted run", str(process.wait()), process.returncode == 130)
call("runs", "resume", "1", "--tensorboard", live)
call("runs", "export", "1", "--format", "tensorboard", "-o", exported)
recorded = events(f"{home}/runs/0001/events.jsonl")
ends = [e for e in recorded if e["event"] == "epoch_ended"]
batches = [e for e in recorded if e["event"] == "batch_ended"]
classes = next(e for e in recorded if e["event"] == "run_started")["classes"]


def read(path):
    return event_accumulator.EventAccumulator(
        path, size_guidance={"tensors": 0, "scalars": 0, "images": 0}).Reload()


def values(reader, tag):
    return [(e.step, float(tensor_util.make_ndarray(e.tensor_proto))) for e in reader.Tensors(tag)]


def same(found, wanted):
    return len(found) == len(wanted) and [s for s, _ in found] == [s for s, _ in wanted] and np.allclose(
        [v for _, v in found], [v for _, v in wanted], rtol=1e-6, atol=1e-7)


for place in (live, exported):
    name = os.path.basename(place)
    parts = {part: read(f"{place}/0001/{part}") for part in ("train", "validation", "")}
    for part, tag, key in (
            ("train", "epoch_loss", "train_loss"), ("train", "epoch_accuracy", "train_accuracy"),
            ("validation", "epoch_loss", "validation_loss"),
            ("validation", "epoch_accuracy", "validation_accuracy")):
        found = values(parts[part], tag)
        row("tensorboard", f"{name}: {part}/{tag}", len(found), same(found, [(e["epoch"], e[key]) for e in ends]))
    rates = [next(b["learning_rate"] for b in reversed(batches) if b["epoch"] == e["epoch"]) for e in ends]
    found = values(parts["train"], "epoch_learning_rate")
    row("tensorboard", f"{name}: train/epoch_learning_rate", len(found),
        same(found, list(enumerate(rates))) and len(found) == EPOCHS)
    found = values(parts["train"], "batch_loss")
    row("tensorboard", f"{name}: train/batch_loss", len(found),
        same(found, [(i + 1, b["batch_loss"]) for i, b in enumerate(batches)]))
    for part, tag, count in (
            ("validation", "photos", 1), ("train", "augmented_photos", 1),
            ("validation", "confusion_matrix", EPOCHS)):
        found = [tensor_util.make_ndarray(e.tensor_proto) for e in parts[part].Tensors(tag)]
        pictures = [Image.open(io.BytesIO(f[2])) for f in found]
        sizes = all(p.size == (int(f[0]), int(f[1])) and p.getextrema() for p, f in zip(pictures, found))
        row("tensorboard", f"{name}: {part}/{tag}", f"{pictures[0].size[0]}x{pictures[0].size[1]}",
            sizes and len(found) == count)
    text = tensor_util.make_ndarray(parts[""].Tensors("settings")[0].tensor_proto).item().decode()
    row("tensorboard", f"{name}: settings as text", f"{len(text)} bytes", ", ".join(classes) in text)
    plugin = parts[""].SummaryMetadata("_hparams_/session_start_info").plugin_data
    session = metadata.parse_session_start_info_plugin_data(plugin.content)
    row("tensorboard", f"{name}: settings for hparams", len(session.hparams),
        session.hparams["image_size"].number_value == 96 and session.hparams["demo"].bool_value)
    plugin = parts[""].SummaryMetadata("_hparams_/session_end_info").plugin_data
    end = metadata.parse_session_end_info_plugin_data(plugin.content)
    row("tensorboard", f"{name}: end for hparams", "success", end.status == 1)
    runs = sorted(event_multiplexer.EventMultiplexer().AddRunsFromDirectory(place).Reload().Runs())
    row("tensorboard", f"{name}: runs", len(runs), runs == ["0001", "0001/train", "0001/validation"])

table = f"{folder}/run.csv"
call("runs", "export", "1", "--format", "csvlogger", "-o", table)
frame = pandas.read_csv(table)
row("pandas", "csvlogger: columns", len(frame.columns), list(frame.columns) == [
    "epoch", "accuracy", "learning_rate", "loss", "val_accuracy", "val_loss"])
row("pandas", "csvlogger: values", len(frame), np.array_equal(
    frame.to_numpy(), [[e["epoch"], e["train_accuracy"], r, e["train_loss"], e["validation_accuracy"],
                        e["validation_loss"]] for e, r in zip(ends, rates)]))
if failures:
    sys.exit("FAILED: " + "; ".join(failures))
