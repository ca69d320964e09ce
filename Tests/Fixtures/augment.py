"""Each of the recipe's augmentation layers at fixed parameters, and all three in their order, on a hash image."""
import math

import fixture
import keras
import numpy as np

SIZE = 160
# (flips, angle as a fraction of a full turn, zoom factor as in Keras: 0.2 shows 20 % more)
CASES = [
    (True, 0.0, 0.0),
    (False, 0.03, 0.0), (False, -0.2, 0.0), (False, 0.2, 0.0), (False, 0.125, 0.0),
    (False, 0.0, 0.2), (False, 0.0, -0.2), (False, 0.0, 0.07),
    (True, 0.11, -0.13), (False, -0.17, 0.19), (True, -0.2, 0.2),
]


def image():
    """Noise in 0…255: the hardest picture to resample alike."""
    noise = fixture.hash_values("augment", SIZE * SIZE * 3).reshape(SIZE, SIZE, 3)
    return np.floor(128 + 128 * noise).astype(np.float32)


pixels = image()
tensors = {"cases": np.array(CASES, np.float32)}
for index, (flips, angle, zoom) in enumerate(CASES):
    x = pixels[None]
    if flips:
        # Keras' layer flips at random, so its operation is applied directly.
        x = keras.ops.flip(x, axis=2)
    if angle:
        x = keras.layers.RandomRotation((angle, angle), fill_mode="reflect", interpolation="bilinear")(x, training=True)
    if zoom:
        x = keras.layers.RandomZoom((zoom, zoom), fill_mode="reflect", interpolation="bilinear")(x, training=True)
    result = keras.ops.convert_to_numpy(x)[0].astype(np.float32)
    tensors[f"{index}/samples"] = result.reshape(-1)[::47].copy()
    print(index, flips, math.degrees(angle * 2 * math.pi), zoom, result.mean(), result.std())
fixture.save_tensors("augment", tensors)
