"""Opens exported models with other programs and compares their answers: interop.py PROGRAM FOLDER DATA [HOME RUN]

PROGRAM exports a run into FOLDER: run RUN below HOME or, without those, one that is trained on the
photos in DATA (empty: on the demo's). Called by Tests/interop.sh.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import zipfile

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow", TF_ENABLE_ONEDNN_OPTS="0")

import h5py
import keras
import numpy as np
import onnx
import onnxruntime
import openvino
import safetensors
import safetensors.numpy
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from importlib.metadata import version

PHOTOS = 64
LARGEST = 1e-4
LARGEST_LOSS = 0.5
LARGEST_APART = 1.0
FORMATS = {
    "safetensors": "model.safetensors", "keras": "model.keras", "keras-weights": "model.weights.h5", "h5": "model.h5",
    "onnx": "model.onnx", "tflite": "model.tflite", "tflite-int8": "model_int8.tflite"}

program, folder, data = sys.argv[1:4]
home, run = sys.argv[4:6] if len(sys.argv) > 4 else (f"{folder}/home", None)
failures = []


def call(*words):
    return subprocess.run([program, *words, "--home", home], check=True, capture_output=True, text=True).stdout


def row(tool, package, subject, difference, passed):
    print(f"{tool:<18} {version(package):<10} {subject:<30} {difference:>12}  {'ok' if passed else 'FAILED'}", flush=True)
    if not passed:
        failures.append(f"{tool}: {subject}")


def train():
    """A short run; its photos' folder, and the list of its photos."""
    source = ["--data", data] if data else ["--demo"]
    lines = call("train", *source, "--epochs", "1", "--fine-tune-epochs", "1", "--json").splitlines()
    for event in map(json.loads, lines):
        if event.get("event") == "run_started":
            return event["run"]
    return "1"


def pixels(file, size):
    """A photo as the run's photos are prepared: RGB, 0 to 255, resized without antialiasing."""
    image = tf.io.decode_image(tf.io.read_file(str(file)), channels=3, expand_animations=False)
    return tf.image.resize(image, (size, size)).numpy()


def difference(found):
    return float(np.abs(np.asarray(found, np.float64) - expected).max())


def compare(tool, package, subject, found):
    worst = difference(found)
    row(tool, package, subject, f"{worst:.1e}", worst <= LARGEST)


def litert(path, photos):
    """The probabilities of photos in batches of 16, with the last one of another size."""
    interpreter = Interpreter(path)
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    results = []
    for start in range(0, len(photos), 16):
        batch = photos[start:start + 16]
        if source["dtype"] == np.uint8:
            batch = np.clip(np.round(batch), 0, 255).astype(np.uint8)
        interpreter.resize_tensor_input(source["index"], batch.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(source["index"], batch)
        interpreter.invoke()
        result = interpreter.get_tensor(target["index"])
        if target["dtype"] == np.uint8:
            scale, zero = target["quantization"]
            result = (result.astype(np.float32) - zero) * scale
        results.append(result)
    return np.concatenate(results)


run = run or train()
shown = json.loads(call("runs", "show", run, "--json").splitlines()[0])
photo_folder = pathlib.Path(shown["data"])
files = {name: f"{folder}/{file}" for name, file in FORMATS.items()}
said = {name: call("runs", "export", run, "--format", name, "-o", file) for name, file in files.items()}
with safetensors.safe_open(files["safetensors"], "np") as opened:
    header = json.loads(opened.metadata()["flowers_tui"])
size, classes = header["configuration"]["image_size"], header["classes"]
split = [json.loads(line) for line in subprocess.run(
    [program, "data", "split", "--data", str(photo_folder), "--json"], check=True, capture_output=True,
    text=True).stdout.splitlines()]
validation = [entry for entry in split if entry["subset"] == "validation"]
ordered = validation + [entry for entry in split if entry["subset"] != "validation"]
sample = [str(photo_folder / entry["file"]) for entry in ordered[:PHOTOS]]
answers = {}
for line in call("predict", run, *sample, "--json").splitlines():
    answer = json.loads(line)
    answers[answer["file"]] = [answer["probabilities"][name] for name in classes]
expected = np.array([answers[file] for file in sample])
photos = np.stack([pixels(file, size) for file in sample])
print(f"{len(sample)} photos of {size}x{size} from {photo_folder.name}, {len(classes)} classes\n")
print(f"{'program':<18} {'version':<10} {'read':<30} {'difference':>12}")

# Keras
model = keras.models.load_model(files["keras"])
compare("Keras", "keras", ".keras", model.predict(photos, verbose=0))
keras.utils.clear_session()
compare("Keras", "keras", ".h5", keras.models.load_model(files["h5"], compile=False).predict(photos, verbose=0))
empty = keras.models.model_from_json(zipfile.ZipFile(files["keras"]).read("config.json"))
empty.load_weights(files["keras-weights"])
compare("Keras", "keras", ".weights.h5", empty.predict(photos, verbose=0))
names = [layer.name for layer in keras.applications.MobileNetV2(
    input_shape=(size, size, 3), include_top=False, weights=None).layers]
own = [layer.name for layer in model.layers[2].layers]
row("Keras", "keras", f"{len(own)} layers of the base", "names", own[1:] == names[1:])

# Their tensors, one by one
weights = safetensors.numpy.load_file(files["safetensors"])
row("safetensors", "safetensors", f"{len(weights)} tensors", "checked", len(weights) == 262)
with h5py.File(files["h5"]) as file:
    group = file["model_weights"]
    found = {}
    for layer in group.attrs["layer_names"]:
        for name in group[layer].attrs["weight_names"]:
            found[name] = group[layer][name][()]
    equal = found.keys() == weights.keys() and all((found[k] == weights[k]).all() for k in weights)
    row("h5py", "h5py", ".h5: every tensor", "equal" if equal else "differ", equal)
with h5py.File(files["keras-weights"]) as file:
    count = 0
    def visit(name, item):
        global count
        if isinstance(item, h5py.Dataset):
            layer = file[name.rsplit("/", 1)[0]].attrs["name"]
            variables = [k for k in weights if k.split("/")[0] == layer]
            count += any((weights[k].shape == item.shape) and (weights[k] == item[()]).all() for k in variables)
    file.visititems(visit)
    row("h5py", "h5py", ".weights.h5: every tensor", "equal" if count == 262 else "differ", count == 262)

# ONNX
model = onnx.load(files["onnx"])
onnx.checker.check_model(model, full_check=True)
listed = {entry.key: entry.value for entry in model.metadata_props}
row("onnx.checker", "onnx", f"opset {model.opset_import[0].version}, full check", "valid",
    model.opset_import[0].version >= 17 and json.loads(listed["classes"]) == classes)
session = onnxruntime.InferenceSession(files["onnx"], providers=["CPUExecutionProvider"])
batches = [session.run(None, {"image": photos[a:b]})[0] for a, b in ((0, 1), (1, 20), (20, len(photos)))]
compare("ONNX Runtime", "onnxruntime", "batches of 1, 19 and more", np.concatenate(batches))
compiled = openvino.Core().compile_model(files["onnx"], "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
compare("OpenVINO", "openvino", ".onnx", compiled(photos)[0])

# TensorFlow Lite
compare("LiteRT", "ai-edge-litert", "float32", litert(files["tflite"], photos))
labels = zipfile.ZipFile(files["tflite"]).read("labels.txt").decode().splitlines()
row("zipfile", "ai-edge-litert", "labels in the .tflite", "equal", labels == classes)
compiled = openvino.Core().compile_model(files["tflite"], "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
compare("OpenVINO", "openvino", ".tflite", compiled(photos)[0])
# Few validation photos, as in the demo, say little about half a point; the others stand in.
counted = ordered[:max(len(validation), 200)]
everything = np.stack([pixels(photo_folder / entry["file"], size) for entry in counted])
truth = np.array([classes.index(entry["label"]) for entry in counted])
right = {name: litert(files[name], everything).argmax(1) == truth for name in ("tflite", "tflite-int8")}
loss = float(right["tflite"].mean() - right["tflite-int8"].mean()) * 100
row("LiteRT", "ai-edge-litert", f"int8: accuracy of {len(truth)} photos", f"{-loss:+.2f} points",
    loss <= max(LARGEST_LOSS, 100 / len(truth)))
# Kernels round the last of 8 bits in different ways, which tips the balance for a photo or two.
claimed = float(re.search(r"([0-9.]+) in 8 bits", said["tflite-int8"]).group(1))
apart = abs(claimed - float(right["tflite-int8"][:len(validation)].mean())) * 100
row("LiteRT", "ai-edge-litert", "int8: as the program measured", f"{apart:.2f} points",
    apart <= max(LARGEST_APART, 101 / len(validation)))
worst = difference(litert(files["tflite-int8"], photos))
print(f"\n8 bits: accuracy {right['tflite-int8'].mean():.4f} for {right['tflite'].mean():.4f}; "
      f"a probability differs by at most {worst:.3f}")
print("\n".join(f"{name}: {os.path.getsize(file) / 1e6:.1f} MB" for name, file in files.items()))
if failures:
    sys.exit("FAILED: " + "; ".join(failures))
