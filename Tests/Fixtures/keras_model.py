"""MobileNetV2 and its head in Keras with the hash weights that the README defines."""
import math

import fixture
import keras
import numpy as np
import tensorflow as tf


def hash_weight(name, shape):
    """The tensor `name` (canonical name, layer/variable) of the test network."""
    v = fixture.hash_values(name, math.prod(shape))
    layer, variable = name.split("/")
    if variable == "kernel":
        if layer == "dense":
            v = v * math.sqrt(6.0 / shape[0])
        elif layer.endswith("depthwise"):
            v = v * math.sqrt(6.0 / 9.0)
        else:
            fan_in = shape[0] * shape[1] * shape[2]
            v = v * math.sqrt((3.0 if layer.endswith("project") else 6.0) / fan_in)
    elif variable in ("gamma", "moving_variance"):
        v = 1.0 + 0.1875 * v
    elif variable in ("beta", "bias"):
        v = 0.1875 * v
    elif variable == "moving_mean":
        v = 0.09375 * v
    else:
        raise ValueError(name)
    return v.astype(np.float32).reshape(shape)


def hash_images(count, size):
    """[count, size, size, 3] in [-1, 1): what the network sees after preprocessing."""
    values = [fixture.hash_values(f"image_{size}_{i}", size * size * 3) for i in range(count)]
    return np.stack(values).astype(np.float32).reshape(count, size, size, 3)


def canonical_name(variable):
    """`layer/variable` from a Keras path, which may have the models' names before it."""
    return "/".join(variable.path.split("/")[-2:])


def hash_layer(layer):
    layer.set_weights([
        hash_weight(f"{layer.name}/{v.path.split('/')[-1]}", tuple(v.shape)) for v in layer.weights
    ])


def base_model(size):
    model = keras.applications.MobileNetV2(input_shape=(size, size, 3), include_top=False, weights=None)
    for layer in model.layers:
        if layer.weights:
            hash_layer(layer)
    return model


def classifier(size, fine_tune_at, classes=5):
    """The base from `fine_tune_at` on and the head trainable; no dropout, batch
    normalisation with its stored statistics."""
    base = base_model(size)
    base.trainable = True
    for layer in base.layers[:fine_tune_at]:
        layer.trainable = False
    inputs = keras.Input((size, size, 3))
    x = base(inputs, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    dense = keras.layers.Dense(classes, activation="softmax", name="dense")
    model = keras.Model(inputs, dense(x))
    hash_layer(dense)
    return model


def summary(values, samples):
    """Strided samples and the stride: flat[0], flat[stride], …"""
    flat = np.asarray(values).reshape(-1)
    stride = max(1, len(flat) // samples)
    return flat[::stride][:samples], stride
