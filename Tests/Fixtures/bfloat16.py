"""Stage 1 and stage 2 under Keras' policy mixed_bfloat16: losses of ten Adam steps on one batch of eight hash images,
and the first step's probabilities and gradients, beside those of float32.

The base computes in bfloat16 with float32 variables; pooling, head, softmax and loss are float32, as flowers-tui has
them. The float32 case is the same model without the policy, so that a test can tell the effect of rounding from an
error.
"""
import fixture
import keras
import numpy as np
import tensorflow as tf
from keras_model import canonical_name, hash_images, hash_layer

LABELS = np.array([0, 3, 1, 4, 2, 2, 0, 1])
STEPS = 10
CASES = {"stage1": (None, 1e-3), "stage2": (100, 1e-5), "stage2_deep": (54, 1e-5)}


def classifier(policy, fine_tune_at, classes=5):
    keras.config.set_dtype_policy(policy)
    base = keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights=None)
    keras.config.set_dtype_policy("float32")
    for layer in base.layers:
        if layer.weights:
            hash_layer(layer)
    base.trainable = fine_tune_at is not None
    for layer in base.layers[:fine_tune_at or 0]:
        layer.trainable = False
    inputs = keras.Input((160, 160, 3))
    x = keras.layers.GlobalAveragePooling2D(dtype="float32")(base(inputs, training=False))
    dense = keras.layers.Dense(classes, activation="softmax", name="dense")
    model = keras.Model(inputs, dense(x))
    hash_layer(dense)
    return model


images = hash_images(8, 160)
result = {"labels": LABELS.tolist(), "cases": {}}
for case, (fine_tune_at, learning_rate) in CASES.items():
    entry = {"fineTuneAt": fine_tune_at, "learningRate": learning_rate}
    for name, policy in (("mixed", "mixed_bfloat16"), ("float32", "float32")):
        model = classifier(policy, fine_tune_at)
        optimizer = keras.optimizers.Adam(learning_rate)
        losses, norms = [], {}
        for step in range(STEPS + 1):
            # Not train_on_batch: its training=True would reach the base's batch normalisation.
            with tf.GradientTape() as tape:
                probabilities = model(images, training=False)
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(LABELS, probabilities))
            losses.append(float(loss))
            variables = model.trainable_variables
            gradients = tape.gradient(loss, [v.value for v in variables])
            if step == 0:
                first = np.asarray(probabilities, np.float64).round(7).tolist()
                for variable, gradient in zip(variables, gradients):
                    assert gradient.dtype == tf.float32 and variable.dtype == "float32"
                    wide = np.asarray(gradient).astype(np.float64)
                    norms[canonical_name(variable)] = float(f"{np.sqrt((wide ** 2).sum()):.7g}")
            if step < STEPS:
                optimizer.apply(gradients, variables)
        entry[name] = {"losses": losses, "probabilities": first, "gradientNorms": norms}
        print(case, policy, losses, flush=True)
    result["cases"][case] = entry
fixture.save_json("bfloat16", result)
