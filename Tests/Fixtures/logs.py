"""Logs as Keras, TensorFlow and PyTorch write them, what TensorBoard reads in them, and messages to encode."""
import base64
import os
import pathlib
import shutil
import tempfile

import fixture

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import api as hparams
from tensorboard.compat.proto import event_pb2

FOLDER = fixture.HERE / "logs"


def only_file(folder):
    (file,) = pathlib.Path(folder).glob("*tfevents*")
    return file


def keep(file, name):
    target = FOLDER / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    return target


def scalars(file):
    """What TensorBoard reads in a file: step and value of each tag."""
    reader = EventAccumulator(str(file), size_guidance={"tensors": 0, "scalars": 0}).Reload()
    result = {tag: [[e.step, e.value] for e in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]}
    for tag in reader.Tags()["tensors"]:
        if reader.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            result[tag] = [[e.step, float(tf.make_ndarray(e.tensor_proto))] for e in reader.Tensors(tag)]
    return result


def records(file):
    return [record.numpy() for record in tf.data.TFRecordDataset(str(file))]


shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir()
keras.utils.set_random_seed(1)
expected = {}

# Keras' callbacks.
with tempfile.TemporaryDirectory() as folder:
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = np.random.rand(60, 4), np.random.randint(0, 3, 60)
    model.fit(x, y, validation_split=0.2, epochs=4, batch_size=8, verbose=0, callbacks=[
        # In this order both logs have the rate that the epoch was trained at.
        keras.callbacks.TensorBoard(folder, write_graph=False, update_freq="epoch"),
        keras.callbacks.ReduceLROnPlateau(patience=1),
        keras.callbacks.CSVLogger(f"{folder}/keras.csv")])
    keep(f"{folder}/keras.csv", "keras.csv")
    for part in ("train", "validation"):
        file = keep(only_file(f"{folder}/{part}"), f"keras/{part}/events.out.tfevents.1.v2")
        expected[f"keras/{part}/{file.name}"] = scalars(file)

# Plain numbers, as TensorFlow 1 and PyTorch's SummaryWriter write them: the loss of each batch, and of each
# epoch's validation.
with tempfile.TemporaryDirectory() as folder:
    with tf.Graph().as_default():
        writer = tf.compat.v1.summary.FileWriter(folder)
        def add(tag, value, step):
            value = tf.compat.v1.Summary.Value(tag=tag, simple_value=value)
            writer.add_summary(tf.compat.v1.Summary(value=[value]), step)
        for batch in range(1, 31):
            add("Loss/train", 2 / batch, batch)
            if batch % 10 == 0:
                add("Loss/val", 3 / batch, batch)
                add("Accuracy/val", batch / 40, batch)
        add("weights/norm", 1.0, 1)
        writer.close()
    file = keep(only_file(folder), "plain.tfevents")
    expected["plain.tfevents"] = scalars(file)

# Nothing of use.
with tempfile.TemporaryDirectory() as folder:
    with tf.summary.create_file_writer(folder).as_default() as writer:
        tf.summary.scalar("weights/norm", 1.0, step=1)
        tf.summary.scalar("batch_loss", 1.0, step=1)
    keep(only_file(folder), "useless.tfevents")

# Messages, to encode again.
messages = []
with tempfile.TemporaryDirectory() as folder:
    with tf.summary.create_file_writer(folder).as_default() as writer:
        tf.summary.scalar("epoch_loss", 0.625, step=3)
        tf.summary.scalar("epoch_loss", 0.0, step=0)
        tf.summary.text("settings", "| é |", step=0)
        tf.summary.image("photos", np.arange(18, dtype=np.uint8).reshape(1, 2, 3, 3), step=70000)
        hparams.hparams({"batch_size": 32, "demo": False, "schedule": "cosine"}, start_time_secs=1.5)
    whole = only_file(folder).read_bytes()
    for record in records(only_file(folder)):
        event = event_pb2.Event.FromString(record)
        entry = {"bytes": base64.b64encode(record).decode(), "time": event.wall_time, "step": event.step}
        for value in event.summary.value:
            entry["tag"] = value.tag
            if value.metadata.plugin_data.plugin_name == "images":
                entry["picture"] = base64.b64encode(value.tensor.string_val[2]).decode()
        messages.append(entry)

fixture.save_json("logs", {
    "scalars": expected, "messages": messages, "file": base64.b64encode(whole).decode(),
})
