"""Makes kept_run.tar.gz: the home of a run that an older program left in the middle of an epoch, as it left it.

Later programs must list, show, replay and resume it (Tests/EndToEndTests/KeptRunTests.swift), so the fixture is
not made anew when a format changes: kept_run.py PROGRAM made it once, with the program of commit 6f03128.
Photos and weights have little entropy, so that 9 MB of checkpoint pack into 0.3 MB. kept_run.json holds
the losses of a run that was not interrupted, and what computed them: another processor or library sums in another
order.
"""
import ctypes
import json
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib

import numpy as np
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).parent
program = pathlib.Path(sys.argv[1]).resolve()
place = pathlib.Path(tempfile.mkdtemp())


def png(pixels):
    """`pixels` [height, width, 3] as an 8-bit RGB file."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def train(home, *options, interrupt_at=None):
    """Events of a run; with `interrupt_at` (epoch, step) it is interrupted there."""
    process = subprocess.Popen(
        [program, "train", "--home", home, "--data", "photos", "--threads", "2", "--json", *options],
        cwd=place, stdout=subprocess.PIPE, text=True)
    events = []
    for line in process.stdout:
        events.append(json.loads(line))
        event = events[-1]
        if interrupt_at and (event.get("epoch"), event.get("step")) == interrupt_at:
            process.send_signal(signal.SIGINT)
    assert process.wait() == (130 if interrupt_at else 0), process.returncode
    return events


for label, name in enumerate(["daisy", "roses"]):
    (place / "photos" / name).mkdir(parents=True)
    for index in range(20):
        y, x = np.mgrid[0:48, 0:48] // 6
        pixels = np.stack([(x * (index + 3) + y * (label + 2) * c) % 8 * 32 for c in (1, 2, 3)], axis=2)
        (place / "photos" / name / f"{index:02}.png").write_bytes(png(pixels.astype(np.uint8)))

train("probe", "--demo", "--epochs", "1", "--fine-tune-epochs", "0")
(checkpoint,) = (place / "probe" / "runs").glob("*/last.safetensors")
weights = {}
for tensor, (name, values) in enumerate(sorted(load_file(checkpoint).items())):
    layer = name.split("/")[0]
    if layer.startswith("dense") or not name.count("/") == 1:
        continue
    kind = name.split("/")[1]
    if kind in ("gamma", "moving_variance"):
        made = np.ones(values.shape)
    elif kind in ("beta", "moving_mean"):
        made = np.zeros(values.shape)
    else:
        fan_in = np.prod(values.shape[:-2] if "depthwise" in layer else values.shape[:-1])
        made = np.sqrt(12 / fan_in) * ((np.arange(values.size) * (tensor + 5) % 61) / 61 - 0.5).reshape(values.shape)
    weights[name] = made.astype(np.float32)
save_file(weights, place / "weights.safetensors")

recipe = ["--weights", "weights.safetensors", "--epochs", "2", "--fine-tune-epochs", "1", "--batch-size", "4"]
whole = train("whole", *recipe)
kept = train("home", *recipe, interrupt_at=(1, 3))
system = json.loads(next((place / "home" / "runs").glob("*/system.json")).read_text())
openblas = ctypes.CDLL("libopenblas.so.0")
openblas.openblas_get_config.restype = ctypes.c_char_p
expected = {
    "made_by": subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip(),
    "kernels": system["kernels"],
    "cores": system["cores"],
    "dnnl_version": "2.6.3",
    "openblas": openblas.openblas_get_config().decode(),
    "kept_batches": sum(event["event"] == "batch_ended" for event in kept),
    "batch_losses": [event["loss"] for event in whole if event["event"] == "batch_ended"],
    "validation_losses": [event["validation_loss"] for event in whole if event["event"] == "epoch_ended"],
}
(HERE / "kept_run.json").write_text(json.dumps(expected, indent=1) + "\n")
with tarfile.open(HERE / "kept_run.tar.gz", "w:gz", compresslevel=9) as archive:
    for name in ("home", "photos", "weights.safetensors"):
        archive.add(place / name, name)
shutil.rmtree(place)
