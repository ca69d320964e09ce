"""What explains a prediction: every layer's output in Keras, class activation maps in NumPy, neighbours in scikit-learn."""
import fixture
import keras
import numpy as np
from keras_model import base_model, hash_images, hash_weight, summary
from sklearn.neighbors import NearestNeighbors

SIZE, CLASSES = 96, 5
base = base_model(SIZE)
probe = keras.Model(base.input, [layer.output for layer in base.layers])
outputs = [np.asarray(v)[0] for v in probe(hash_images(1, SIZE), training=False)]
tensors = {}
for layer, output in zip(base.layers, outputs):
    samples, stride = summary(output, 24)
    tensors[f"layers/{layer.name}/samples"] = samples
    tensors[f"layers/{layer.name}/stride"] = np.array([stride])

# The head applied to the last output: the mean of a map plus the bias is the logit.
features = outputs[-1]
kernel, bias = hash_weight("dense/kernel", (1280, CLASSES)), hash_weight("dense/bias", (CLASSES,))
maps = np.einsum("yxc,ck->kyx", features.astype(np.float64), kernel.astype(np.float64))
logits = features.astype(np.float64).mean((0, 1)) @ kernel.astype(np.float64) + bias
assert np.allclose(maps.mean((1, 2)) + bias, logits, atol=1e-12)
dense = keras.Sequential([
    keras.Input(features.shape), keras.layers.GlobalAveragePooling2D(),
    keras.layers.Dense(CLASSES, activation="softmax", name="dense"),
])
dense.layers[-1].set_weights([kernel, bias])
tensors |= {
    "cam/features": features, "cam/maps": maps.astype(np.float32), "cam/logits": logits.astype(np.float32),
    "cam/probabilities": np.asarray(dense(features[None]))[0],
}

photos = np.maximum(fixture.hash_values("neighbours", 30 * 64), 0).reshape(30, 64)
# Features of 64 channels, with zeros for the rest, keep the fixture small.
query = np.maximum(fixture.hash_values("neighbours/query", 64), 0)
search = NearestNeighbors(metric="cosine", algorithm="brute").fit(photos.astype(np.float32))
distances, indices = search.kneighbors(query[None].astype(np.float32), 10)
tensors |= {
    "neighbours/photos": photos.astype(np.float32), "neighbours/query": query.astype(np.float32),
    "neighbours/distances": distances[0].astype(np.float32), "neighbours/indices": indices[0].astype(np.int64),
}
fixture.save_tensors("inspection", tensors)
print(len(base.layers), maps.round(3), logits, tensors["cam/probabilities"], distances)
