"""Gradients of every trained tensor of stage 2, hash weights, four hash images.

The model is called with training=False: a functional model hands its own training=True on to
the base, whatever the base was called with, and batch normalisation would use the batch.
"""
import fixture
import keras
import numpy as np
import tensorflow as tf
from keras_model import canonical_name, classifier, hash_images, summary

LABELS = np.array([0, 3, 1, 4])

for fine_tune_at in (100, 54):
    model = classifier(160, fine_tune_at)
    images = hash_images(4, 160)
    with tf.GradientTape() as tape:
        probabilities = model(images, training=False)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(LABELS, probabilities))
    variables = model.trainable_variables
    gradients = tape.gradient(loss, [v.value for v in variables])
    tensors = {
        "loss": np.array([loss], np.float32), "labels": LABELS,
        "probabilities": np.asarray(probabilities),
    }
    names = []
    for variable, gradient in zip(variables, gradients):
        name = canonical_name(variable)
        wide = np.asarray(gradient).astype(np.float64)
        samples, stride = summary(gradient, 16)
        tensors[f"{name}/samples"] = samples
        tensors[f"{name}/stride"] = np.array([stride])
        tensors[f"{name}/norm_sum_max"] = np.array(
            [np.sqrt((wide**2).sum()), wide.sum(), np.abs(wide).max()], np.float32)
        names.append(name)
        print(name, wide.shape, np.sqrt((wide**2).sum()))
    print(fine_tune_at, float(loss), np.asarray(probabilities), len(names))
    fixture.save_tensors(f"gradients_{fine_tune_at}", tensors, {"names": names})
