"""Losses of ten Adam steps as in steps.py, with class weights, with label smoothing and with weight decay."""
import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from keras_model import classifier, hash_images

LABELS = np.array([0, 3, 1, 4, 2, 2, 0, 1])
WEIGHTS = [1.0, 2.0, 0.5, 3.0, 1.5]
STEPS = 10
CASES = {
    "weights_head": (154, 1e-3, WEIGHTS, 0.0),
    "weights_tail": (100, 1e-5, WEIGHTS, 0.0),
    "smoothing_head": (154, 1e-3, None, 0.1),
    "smoothing_tail": (100, 1e-5, None, 0.1),
    "both_head": (154, 1e-3, WEIGHTS, 0.2),
}
# AdamW decays what its name says and no more: biases and normalisation are excluded, as usual.
DECAYS = {"decay_head": (154, 1e-3, 5.0), "decay_tail": (100, 1e-4, 50.0)}

images = hash_images(8, 160)
result = {"weights": WEIGHTS, "cases": {}}
for case, (fine_tune_at, learning_rate, weights, smoothing) in CASES.items():
    model = classifier(160, fine_tune_at)
    optimizer = keras.optimizers.Adam(learning_rate)
    # As `compile` and `fit` combine them: class weights become sample weights, and the sum is divided by the batch size.
    function = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    sample_weights = None if weights is None else np.array(weights, np.float32)[LABELS]
    losses = []
    for _ in range(STEPS + 1):
        # Not train_on_batch: its training=True would reach the base's batch normalisation.
        with tf.GradientTape() as tape:
            loss = function(keras.utils.to_categorical(LABELS, 5), model(images, training=False), sample_weights)
        losses.append(float(loss))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
    print(case, losses)
    result["cases"][case] = losses
for case, (fine_tune_at, learning_rate, decay) in DECAYS.items():
    model = classifier(160, fine_tune_at)
    optimizer = keras.optimizers.AdamW(learning_rate, weight_decay=decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    losses = []
    for _ in range(STEPS + 1):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(LABELS, model(images, training=False)))
        losses.append(float(loss))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
    print(case, losses)
    result["cases"][case] = losses
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
