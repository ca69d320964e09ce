"""Activations of every block of MobileNetV2 with hash weights on hash images."""
import fixture
import keras
import numpy as np
from keras_model import base_model, hash_images, summary

for size in (160, 96):
    base = base_model(size)
    names = [
        l.name for l in base.layers
        if l.name in ("Conv1_relu", "out_relu") or l.name.endswith(("_add", "project_BN"))
        or l.name in ("block_1_expand_relu", "block_1_depthwise_relu")
    ]
    # A block with a residual connection ends with its addition.
    names = [
        n for n in names
        if not (n.endswith("project_BN") and n.replace("project_BN", "add") in names)
    ]
    probe = keras.Model(base.input, {n: base.get_layer(n).output for n in names})
    images = hash_images(2, size)
    outputs = {n: np.asarray(v) for n, v in probe(images, training=False).items()}
    tensors = {}
    for n in names:
        first = outputs[n][0]
        samples, stride = summary(first, 64)
        tensors[f"{n}/samples"] = samples
        tensors[f"{n}/stride"] = np.array([stride])
        tensors[f"{n}/shape"] = np.array(first.shape)
        wide = first.astype(np.float64)
        tensors[f"{n}/mean_std"] = np.array([wide.mean(), wide.std()], np.float32)
        print(size, n, first.shape, wide.mean().round(3), wide.std().round(3), first.max().round(2))
    tensors["out_relu/all"] = outputs["out_relu"][0]
    tensors["features"] = outputs["out_relu"].astype(np.float64).mean((1, 2)).astype(np.float32)
    fixture.save_tensors(f"activations_{size}", tensors, {"blocks": names})
