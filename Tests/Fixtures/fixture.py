"""What the fixture scripts share: where results go, and the counter-based hash."""
import base64
import json
import os
import pathlib
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent


def save_tensors(name, tensors, metadata=None):
    """Writes `name`.safetensors; metadata values become JSON strings."""
    tensors = {k: np.ascontiguousarray(v) for k, v in tensors.items()}
    metadata = {k: json.dumps(v) for k, v in (metadata or {}).items()}
    save_file(tensors, HERE / f"{name}.safetensors", metadata or None)


def save_json(name, value):
    text = json.dumps(value, indent=1, ensure_ascii=False)
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def tensorflow_picture(data):
    """A file with the shape and checksum of the pixels that TensorFlow decodes; without them if it refuses it."""
    import tensorflow as tf

    try:
        pixels = tf.io.decode_image(data, channels=3, expand_animations=False).numpy()
        decoded = {"shape": list(pixels.shape), "crc32": zlib.crc32(pixels.tobytes())}
    except tf.errors.InvalidArgumentError:
        decoded = None
    return {"file": base64.b64encode(data).decode(), "decoded": decoded}


def fnv1a64(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def hash_values(name, count):
    """`count` float64 in [-1, 1), multiples of 2**-23: splitmix64(fnv1a64(name) + index)."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a64(name)) + np.arange(count, dtype=np.uint64)
        z += np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1.0
