"""The other widths of MobileNetV2 in Keras: every layer's size, and outputs with hash weights."""
import fixture
import keras
import numpy as np
from keras_model import hash_images, hash_layer, summary

# Every width at two sizes, the narrowest and the widest at all.
CASES = {0.35: (96, 128, 160, 192, 224), 0.5: (96, 160), 0.75: (128, 192), 1.3: (96, 160),
         1.4: (96, 128, 160, 192, 224)}
PROBES = ("Conv1_relu", "expanded_conv_project_BN", "block_5_add", "block_12_add", "block_16_project_BN")

tensors = {}
for alpha, sizes in CASES.items():
    for size in sizes:
        model = keras.applications.MobileNetV2(
            input_shape=(size, size, 3), alpha=alpha, include_top=False, weights=None)
        for layer in model.layers:
            if layer.weights:
                hash_layer(layer)
        key = f"{alpha}_{size}"
        if size == sizes[0]:
            names = [l.name for l in model.layers]
            tensors[f"{alpha}/parameters"] = np.array([l.count_params() for l in model.layers])
            tensors[f"{alpha}/shapes"] = np.array([(l.output.shape[1], l.output.shape[3]) for l in model.layers])
            print(alpha, len(names), model.count_params())
        probe = keras.Model(model.input, {n: model.get_layer(n).output for n in PROBES + ("out_relu",)})
        outputs = {n: np.asarray(v)[0] for n, v in probe(hash_images(1, size), training=False).items()}
        for name, value in outputs.items():
            tensors[f"{key}/{name}/samples"], stride = summary(value, 48)
            tensors[f"{key}/{name}/stride"] = np.array([stride])
        features = outputs["out_relu"].astype(np.float64).mean((0, 1)).astype(np.float32)
        tensors[f"{key}/features"], stride = summary(features, 128)
        tensors[f"{key}/features/stride"] = np.array([stride])
fixture.save_tensors("widths", tensors, {"names": names, "cases": {str(a): s for a, s in CASES.items()}})
