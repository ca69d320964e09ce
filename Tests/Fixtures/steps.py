"""Losses of ten Adam steps on one batch of eight hash images, no augmentation, no dropout."""
import fixture
import keras
import numpy as np
import tensorflow as tf
from keras_model import canonical_name, classifier, hash_images, summary

LABELS = np.array([0, 3, 1, 4, 2, 2, 0, 1])
STEPS = 10
CASES = {
    "stage1": (154, 1e-3),
    "stage2": (100, 1e-5),
    "stage2_fast": (100, 1e-3),
}

images = hash_images(8, 160)
tensors = {"labels": LABELS}
for case, (fine_tune_at, learning_rate) in CASES.items():
    model = classifier(160, fine_tune_at)
    optimizer = keras.optimizers.Adam(learning_rate)
    losses = []
    for _ in range(STEPS + 1):
        # Not train_on_batch: its training=True would reach the base's batch normalisation.
        with tf.GradientTape() as tape:
            probabilities = model(images, training=False)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(LABELS, probabilities))
        losses.append(float(loss))
        if len(losses) <= STEPS:
            variables = model.trainable_variables
            optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
    after = losses.pop()
    print(case, losses, after)
    tensors[f"{case}/losses"] = np.array(losses + [after], np.float32)
    for variable in model.trainable_variables:
        name = canonical_name(variable)
        if name.startswith(("dense", "block_11_expand", "block_14_depthwise", "Conv_1")):
            samples, stride = summary(variable.numpy(), 16)
            tensors[f"{case}/{name}/samples"] = samples
            tensors[f"{case}/{name}/stride"] = np.array([stride])
fixture.save_tensors("steps", tensors, {
    "cases": {k: {"fine_tune_at": a, "learning_rate": r} for k, (a, r) in CASES.items()}})
