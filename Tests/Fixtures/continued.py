"""Writes continued/: models that Keras has trained for three steps, as Keras saves them, and in continued.json the
losses of three more steps there.

Large tensors and moments repeat 251 of their numbers after the third step, so that the files pack well; Keras
goes on from the same numbers. The .h5 files are packed in a zip. Made with keras 3.15.0, tf_keras 2.21.0,
tensorflow-cpu 2.21.0, h5py 3.14.0, numpy 2.4.6:
    python continued.py
"""
import json
import os
import tempfile
import zipfile

import fixture
import keras
import numpy as np
import tensorflow as tf
import tf_keras
from models import fill, repack

FOLDER = fixture.HERE / "continued"
FOLDER.mkdir(exist_ok=True)
SIZE, CLASSES, ALPHA = 96, 5, 0.35
LABELS = np.array([0, 3, 1, 4, 2, 2, 0, 1])
images = ((np.stack([fixture.hash_values(f"image_{SIZE}_{i}", SIZE * SIZE * 3) for i in range(8)]) + 1) * 127.5)
images = images.astype(np.float32).reshape(8, SIZE, SIZE, 3)
losses = {}


def build(kit, fine_tune_at, alpha=ALPHA):
    base = kit.applications.MobileNetV2(input_shape=(SIZE, SIZE, 3), include_top=False, weights=None, alpha=alpha)
    base.trainable = True
    for layer in base.layers[:fine_tune_at]:
        layer.trainable = False
    inputs = kit.Input((SIZE, SIZE, 3))
    x = kit.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = base(x, training=False)
    x = kit.layers.Dropout(0.2)(kit.layers.GlobalAveragePooling2D()(x))
    model = kit.Model(inputs, kit.layers.Dense(CLASSES, activation="softmax", name="answer")(x))
    return fill(model)


def step(kit, model):
    """One step without dropout; the loss before it."""
    with tf.GradientTape() as tape:
        probabilities = model(images, training=False)
        loss = tf.reduce_mean(kit.losses.sparse_categorical_crossentropy(LABELS, probabilities))
    variables = model.trainable_variables
    gradients = tape.gradient(loss, [getattr(v, "value", v) if kit is keras else v for v in variables])
    model.optimizer.apply_gradients(zip(gradients, variables))
    return float(loss)


def pack(variable):
    """Repeats a large tensor's first 251 numbers."""
    values = np.asarray(variable)
    if values.size > 10000:
        variable.assign(np.resize(values.reshape(-1)[:251], values.shape))


def save(name, optimizer, fine_tune_at=154, kit=keras, forget=False):
    model = build(kit, fine_tune_at)
    model.compile(optimizer, loss="sparse_categorical_crossentropy")
    for _ in range(3):
        step(kit, model)
    own = model.optimizer.variables
    for variable in list(model.trainable_variables) + list(own() if callable(own) else own):
        pack(variable)
    if forget:
        model.layers[2].trainable = False
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model{os.path.splitext(name)[1]}"
        model.save(path)
        target = FOLDER / (name if name.endswith(".keras") else name + ".zip")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
            if name.endswith(".keras"):
                with zipfile.ZipFile(path) as old:
                    new.writestr("metadata.json", old.read("metadata.json"))
                    new.writestr("config.json", old.read("config.json"))
                    old.extract("model.weights.h5", folder)
                repack(f"{folder}/model.weights.h5", f"{folder}/small.h5", optimizer=True)
                new.write(f"{folder}/small.h5", "model.weights.h5")
            else:
                repack(path, f"{folder}/small.h5", optimizer=True)
                new.write(f"{folder}/small.h5", "model.h5")
    losses[name] = [step(kit, model) for _ in range(4)]
    print(name, losses[name], os.path.getsize(target))


if __name__ == "__main__":
    # Only the head.
    save("head.keras", keras.optimizers.Adam(1e-3))
    # From block_16_project on, with every kind of variable that trains.
    save("tail.keras", keras.optimizers.Adam(1e-3), 149)
    save("tail.h5", keras.optimizers.Adam(1e-3), 149)
    save("keras2.h5", tf_keras.optimizers.Adam(1e-3), 149, kit=tf_keras)
    save("legacy.h5", tf_keras.optimizers.legacy.Adam(1e-3), 149, kit=tf_keras)
    # Models that cannot go on.
    save("sgd.keras", keras.optimizers.SGD(1e-3, momentum=0.9))
    save("amsgrad.keras", keras.optimizers.Adam(1e-3, amsgrad=True))
    save("refrozen.keras", keras.optimizers.Adam(1e-3), 152, forget=True)
    (FOLDER / "losses.json").write_text(json.dumps(losses, indent=1) + "\n")
