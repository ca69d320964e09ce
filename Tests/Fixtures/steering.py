"""Losses along ten Adam steps as in steps.py: of averaged weights, with rates that fall from block to block, and on mixed photos."""
import json
import pathlib
import re

import keras
import numpy as np
import tensorflow as tf
from keras_model import classifier, hash_images

LABELS = np.array([0, 3, 1, 4, 2, 2, 0, 1])
STEPS = 10
# Keras' `use_ema`, whose momentum is set before each step as TensorFlow's `ExponentialMovingAverage(num_updates)` has it:
# min(decay, (1 + n) / (10 + n)). A decay below 2/11 is never reached by that, and so is plain Keras.
AVERAGES = {
    "average_head": (154, 1e-3, 0.15), "average_tail": (100, 1e-4, 0.15),
    "warm_head": (154, 1e-3, 0.999), "warm_tail": (100, 1e-4, 0.35),
}
RATES = {"rates_tail": (100, 1e-4, 0.5), "rates_deep": (54, 1e-4, 0.75)}

# The share of each photo, and the label smoothing.
MIXTURES = {"mixed_head": (154, 1e-3, 0.7, 0.0), "mixed_tail": (100, 1e-5, 0.6, 0.1)}

images = hash_images(8, 160)


def loss_of(model):
    return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(LABELS, model(images, training=False)))


def gradients(model):
    with tf.GradientTape() as tape:
        loss = loss_of(model)
    variables = model.trainable_variables
    return float(loss), tape.gradient(loss, [v.value for v in variables]), variables


def averaged(case, fine_tune_at, learning_rate, decay):
    model = classifier(160, fine_tune_at)
    optimizer = keras.optimizers.Adam(learning_rate, use_ema=True, ema_momentum=decay)
    losses = []
    for step in range(STEPS):
        _, slopes, variables = gradients(model)
        optimizer.ema_momentum = min(decay, (1 + step) / (10 + step))
        optimizer.apply(slopes, variables)
        raw = [v.numpy() for v in variables]
        optimizer.finalize_variable_values(variables)
        losses.append(float(loss_of(model)))
        for variable, value in zip(variables, raw):
            variable.assign(value)
    return losses


def depth(path):
    """0 for the head, 1 for the last convolution, 2 for block 16, …, 19 for the stem."""
    layer = path.split("/")[-2]
    if layer.startswith("dense"):
        return 0
    if layer.startswith("Conv_1"):
        return 1
    if layer.startswith(("Conv1", "bn_Conv1")):
        return 19
    block = re.match(r"block_(\d+)_", layer)
    return 2 + 16 - (int(block[1]) if block else 0)


def graded(case, fine_tune_at, learning_rate, factor):
    model = classifier(160, fine_tune_at)
    groups = {}
    for variable in model.trainable_variables:
        groups.setdefault(depth(variable.path), []).append(variable.path)
    print(case, {d: len(paths) for d, paths in sorted(groups.items())})
    # Adam treats each variable for itself, so one optimizer for each rate is the same as one with many rates.
    optimizers = {d: keras.optimizers.Adam(learning_rate * factor**d) for d in groups}
    losses = []
    for _ in range(STEPS + 1):
        loss, slopes, variables = gradients(model)
        losses.append(loss)
        for d, optimizer in optimizers.items():
            mine = [(g, v) for g, v in zip(slopes, variables) if depth(v.path) == d]
            optimizer.apply([g for g, _ in mine], [v for _, v in mine])
    return losses


def mixed(case, fine_tune_at, learning_rate, share, smoothing):
    """Each photo and target mixed with those as far from the other end of the batch."""
    model = classifier(160, fine_tune_at)
    optimizer = keras.optimizers.Adam(learning_rate)
    function = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    targets = keras.utils.to_categorical(LABELS, 5)
    targets = share * targets + (1 - share) * targets[::-1]
    inputs = np.float32(share) * images + np.float32(1 - share) * images[::-1]
    losses = []
    for _ in range(STEPS + 1):
        with tf.GradientTape() as tape:
            loss = function(targets, model(inputs, training=False))
        losses.append(float(loss))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
    return losses


result = {}
for case, arguments in AVERAGES.items():
    result[case] = averaged(case, *arguments)
for case, arguments in RATES.items():
    result[case] = graded(case, *arguments)
for case, arguments in MIXTURES.items():
    result[case] = mixed(case, *arguments)
for case, losses in result.items():
    print(case, losses)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
