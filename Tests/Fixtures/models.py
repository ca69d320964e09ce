"""Writes models/: models of every kind that is honoured, as Keras saves them, with Keras' answers
in answers.json, and in refusals.json the configurations of models that are refused.

The weights repeat 251 numbers of the hash, rounded and scaled as in keras_model.py, and are the same
in all normalisations, so that a model of 9 MB packs into 50 KB. Keras 2's models come from tf_keras. Made with keras 3.15.0, tf_keras 2.21.0,
tensorflow-cpu 2.21.0, h5py 3.14.0, numpy 2.4.6:
    python models.py
"""
import json
import math
import os
import tempfile
import zipfile

import fixture
import h5py
import keras
import numpy as np
import tf_keras
from keras import layers, ops

FOLDER = fixture.HERE / "models"
answers, refusals, parts = {}, [], {}


def weight(name, shape):
    layer, variable = name.split("/")[-2:]
    count = math.prod(shape)
    seed = f"{layer}/{variable}" if variable in ("kernel", "bias") else variable
    v = np.resize(np.round(fixture.hash_values(seed, 251) * 16) / 16, count)
    if variable.endswith("kernel"):
        fan_in = math.prod(shape[:2]) if "depthwise" in layer else math.prod(shape[:-1])
        v = v * math.sqrt((3.0 if layer.endswith("project") else 6.0) / fan_in)
    elif variable in ("gamma", "moving_variance", "variance"):
        v = 1.0 + 0.1875 * v
    elif variable == "moving_mean":
        v = 0.09375 * v
    else:
        v = 0.1875 * v
    return v.astype(np.float32).reshape(shape)


def fill(model, fixed={}):
    """Fills all weights by the names of their layers and variables, which Keras 2 writes otherwise."""
    def visit(layer):
        for inner in getattr(layer, "layers", []):
            visit(inner)
        if getattr(layer, "layers", None) is None and layer.weights:
            values = []
            for w in layer.weights:
                name = getattr(w, "path", w.name).split("/")[-1].split(":")[0].replace("depthwise_kernel", "kernel")
                value = weight(f"{layer.name}/{name}", tuple(w.shape)) if name != "count" else np.array(7)
                values.append(fixed.get(name, value))
            layer.set_weights(values)
            if hasattr(layer, "finalize_state"):
                layer.finalize_state()
    visit(model)
    return model


def pixels(height, width):
    """Two photos of 0…255: [2, height, width, 3]."""
    values = [fixture.hash_values(f"pixels_{i}", height * width * 3) for i in range(2)]
    return ((np.stack(values) + 1) * 127.5).astype(np.float32).reshape(2, height, width, 3)


def repack(source, target, optimizer=False):
    """Copies an HDF5 file with compact groups and packed datasets, with the optimizer's on request."""
    with h5py.File(source) as old, h5py.File(target, "w", libver=("v110", "v110")) as new:
        def copy(a, b):
            for key, value in a.attrs.items():
                b.attrs[key] = value
            for key, item in a.items():
                if isinstance(item, h5py.Group):
                    if optimizer or not key.startswith("optimizer"):
                        copy(item, b.create_group(key))
                else:
                    packed = dict(chunks=item.shape, compression="gzip", compression_opts=9, shuffle=True)
                    b.create_dataset(key, data=item[()], **(packed if item.size > 64 else {}))
        copy(old, new)


def save(name, model, size=(64, 64), photos=None, meaning=lambda y: y, fixed={}):
    """Saves the model as `name`.zip with its .h5, or as `name` with the suffix .keras."""
    fill(model, fixed)
    photos = pixels(*size) if photos is None else photos
    y = meaning(np.array(model.predict(photos, verbose=0)).astype(np.float64))
    print(name, np.array(y).round(4).tolist())
    answers[name] = {"size": list(photos.shape[1:3]), "probabilities": np.array(y).reshape(len(photos), -1).tolist()}
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
                repack(f"{folder}/model.weights.h5", f"{folder}/small.h5")
                new.write(f"{folder}/small.h5", "model.weights.h5")
            else:
                repack(path, f"{folder}/small.h5")
                new.write(f"{folder}/small.h5", "model.h5")


def lean(value):
    """The value without what does not matter: how weights began, and compiled code."""
    if isinstance(value, list):
        return [lean(v) for v in value]
    if isinstance(value, dict):
        if value.get("class_name") == "__lambda__":
            return {"class_name": "__lambda__"}
        dropped = ("_initializer", "_regularizer", "_constraint", "build_config")
        return {k: lean(v) for k, v in value.items() if not k.endswith(dropped)}
    return value


def shared(value):
    """The value with large parts, such as the base, in `parts` under a number."""
    if isinstance(value, list):
        return [shared(v) for v in value]
    if isinstance(value, dict):
        if value.get("class_name") == "Functional" and len(json.dumps(value)) > 20_000:
            inner = {k: v for k, v in value.items() if k not in ("name", "inbound_nodes")}
            text = json.dumps(inner, sort_keys=True)
            part = parts.setdefault(text, len(parts))
            return {"$part": part, **{k: value[k] for k in ("name", "inbound_nodes") if k in value}}
        return {k: shared(v) for k, v in value.items()}
    return value


def refuse(name, model, *words, loss=None):
    """A model that is refused with these words in the sentence."""
    config = lean(json.loads(model.to_json()))
    config["config"] = shared(config["config"])
    shapes = {}
    def visit(layer):
        for inner in getattr(layer, "layers", []):
            visit(inner)
        if getattr(layer, "layers", None) is None:
            for w in layer.weights:
                leaf = getattr(w, "path", w.name).split("/")[-1].split(":")[0].replace("depthwise_kernel", "kernel")
                shapes[f"{layer.name}/{leaf}"] = list(w.shape)
    for layer in model.layers:
        if "mobilenet" not in layer.name:
            visit(layer)
    shapes = {k: v for k, v in shapes.items() if "block" not in k and "onv" not in k}
    refusals.append({"name": name, "config": config, "loss": loss, "shapes": shapes, "words": list(words)})


def base(size=64, **options):
    return keras.applications.MobileNetV2(
        input_shape=(size, size, 3), include_top=False, weights=None, **options)


def start(shape=(64, 64, 3)):
    keras.utils.clear_session()
    return keras.Input(shape)


def scaled(x):
    return layers.Rescaling(1 / 127.5, offset=-1)(x)


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def both(p):
    return np.concatenate([1 - p, p], 1)


def honoured():
    i = start()
    model = keras.Sequential([
        i, layers.RandomFlip("horizontal"), layers.RandomRotation(.2), layers.Rescaling(1 / 127.5, offset=-1), base(),
        layers.GlobalAveragePooling2D(), layers.Dropout(.2), layers.Dense(3)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    save("logits.keras", model, meaning=softmax)

    i = start()
    x = layers.GlobalAveragePooling2D()(base()(keras.applications.mobilenet_v2.preprocess_input(i), training=False))
    save("one-output.keras", keras.Model(i, layers.Dense(1, "sigmoid")(layers.Dropout(.2)(x))), meaning=both)

    i = start()
    x = base(pooling="max")(ops.subtract(ops.multiply(ops.cast(i, "float32"), 1 / 127.5), 1))
    save("labels.keras", keras.Model(i, ops.sigmoid(layers.Dense(4)(x))))

    i = start()
    x = layers.BatchNormalization()(base()(layers.Rescaling(1 / 255)(i)))
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    x = layers.BatchNormalization(scale=False)(layers.Dense(16, "relu", use_bias=False)(x))
    x = layers.LayerNormalization()(layers.Dense(8, "gelu")(layers.Dropout(.3)(x)))
    save("deep-head.keras", keras.Model(i, layers.Softmax()(layers.Dense(3)(x) / 2.5)))

    i = start()
    normalization = layers.Normalization()
    x = layers.AveragePooling2D(2, strides=1, padding="same")(base()(normalization(i)))
    x = layers.Dense(6, activation=layers.LeakyReLU(.1))(layers.Flatten()(layers.MaxPooling2D(2)(x)))
    save("flatten.keras", keras.Model(i, layers.Dense(3, "softmax")(x)),
         fixed={"mean": np.array([120, 110, 100], "f"), "variance": np.array([3000, 3200, 3400], "f")})

    i = start()
    model = keras.applications.MobileNetV2(input_tensor=scaled(i), weights=None, classes=3)
    save("with-top.keras", model)

    i = start((80, 96, 3))
    x = layers.CenterCrop(64, 64)(layers.Resizing(72, 70, crop_to_aspect_ratio=True)(i))
    x = keras.applications.imagenet_utils.preprocess_input(x, mode="caffe")
    x = layers.GlobalMaxPooling2D()(base()(x / 128))
    save("geometry.keras", keras.Model(i, layers.Dense(2, "softmax")(x)), size=(80, 96))

    i = start((None, None, 3))
    x = keras.applications.imagenet_utils.preprocess_input(ops.image.resize(i, (64, 64)), mode="torch")
    x = ops.mean(base()(x[..., ::-1]), axis=(1, 2))
    save("any-size.keras", keras.Model(i, layers.Dense(3, "softmax")(x)), size=(50, 75))

    i = start((96, 96, 3))
    x = layers.GlobalAveragePooling2D(keepdims=True)(base(96)(1 - scaled(i)))
    save("size-96.keras", keras.Model(i, layers.Dense(3, "softmax")(layers.Reshape((1280,))(x))), size=(96, 96))

    i = start()
    x = layers.GlobalAveragePooling2D()(base()(scaled(i)))
    for kind in ("elu", "selu", "silu", "tanh", "softplus", "softsign", "mish", "relu6", "leaky_relu"):
        x = layers.Dense(8, kind, name=f"dense_{kind}")(x)
    x = layers.ReLU(2., negative_slope=.1, threshold=.05)(layers.ELU(.7)(layers.Dense(8, name="last")(x)))
    save("activations.keras", keras.Model(i, layers.Activation("softmax")(layers.Dense(3)(x))))

    # Scaled by whoever uses it.
    i = start()
    save("bare.keras", keras.Model(i, layers.Dense(3, "softmax")(base(pooling="avg")(i))), photos=pixels(64, 64) / 127.5 - 1)

    # Keras 3's .h5: layers of one name in different models, a gate, and a mean of two heads.
    i = start()
    x = layers.GlobalAveragePooling2D()(base()(scaled(i)))
    x = layers.Multiply()([x, layers.Dense(1280, "sigmoid", name="gate")(x)])
    heads = [keras.Sequential([keras.Input((1280,)), layers.Dense(4, "relu", name="hidden"),
                               layers.Dense(3, "softmax", name="out")], name=f"head_{k}") for k in range(2)]
    save("two-heads.h5", keras.Model(i, layers.Average()([h(x) for h in heads])))

    # Keras 2: operations on tensors, the head in a model of its own, labels told by the loss.
    tf_keras.backend.clear_session()
    i = tf_keras.Input((64, 64, 3))
    inner = tf_keras.applications.MobileNetV2(input_shape=(64, 64, 3), include_top=False, weights=None)
    x = inner(tf_keras.applications.mobilenet_v2.preprocess_input(tf_keras.layers.RandomFlip()(i)), training=False)
    head = tf_keras.Sequential([
        tf_keras.Input((2, 2, 1280)), tf_keras.layers.GlobalAveragePooling2D(), tf_keras.layers.BatchNormalization(),
        tf_keras.layers.Dropout(.2), tf_keras.layers.Dense(3)])
    model = tf_keras.Model(i, head(x) / 2)
    model.compile("adam", tf_keras.losses.BinaryCrossentropy(from_logits=True))
    save("keras2.h5", model, meaning=sigmoid)

    tf_keras.backend.clear_session()
    i = tf_keras.Input((64, 64, 3))
    inner = tf_keras.applications.MobileNetV2(input_tensor=tf_keras.layers.Rescaling(1 / 127.5, -1)(i),
                                              include_top=False, weights=None, pooling="avg")
    save("keras2.keras", tf_keras.Model(i, tf_keras.layers.Dense(2, "softmax")(inner.output)))


def refused():
    def headed(head, pre=scaled, shape=(64, 64, 3), size=64, **options):
        i = start(shape)
        x = layers.GlobalAveragePooling2D()(base(size, **options)(pre(i)))
        return keras.Model(i, head(x))
    plain = lambda x: layers.Dense(3, "softmax")(x)

    def attention(x):
        y = layers.Reshape((1, 1280))(x)
        return plain(layers.Flatten()(layers.MultiHeadAttention(2, 8, name="attention_2")(y, y)))
    refuse("attention", headed(attention), "layer `attention_2` (MultiHeadAttention) is not supported; after the base")
    refuse("convolution", headed(lambda x: plain(layers.Flatten()(layers.Conv2D(4, 1)(layers.Reshape((1, 1, 1280))(x))))),
           "(Conv2D) is not supported; after the base")
    refuse("lambda", headed(plain, pre=layers.Lambda(lambda x: x / 127.5 - 1)), "(Lambda)", "before the base")
    refuse("random crop", headed(plain, pre=lambda x: scaled(layers.RandomCrop(64, 64)(x)), shape=(80, 80, 3)),
           "(RandomCrop)")
    refuse("padding", headed(plain, pre=lambda x: scaled(layers.Resizing(64, 64, pad_to_aspect_ratio=True)(x))),
           "(Resizing) resizes in a way")
    refuse("two outputs", headed(lambda x: [plain(x), layers.Dense(2, name="second")(x)]), "2 outputs", "`second`")
    i = start()
    j = keras.Input((1280,), name="notes")
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(base()(scaled(i))), j])
    refuse("two inputs", keras.Model([i, j], plain(x)), "2 inputs", "`notes`")
    i = start((64, 64, 1))
    refuse("grey", keras.Model(i, plain(layers.GlobalAveragePooling2D()(base()(layers.Concatenate()([i, i, i]))))),
           "takes 64×64×1, not photos with three channels")
    keras.utils.clear_session()
    i = keras.Input((64, 64, 3), dtype="uint8")
    refuse("integers", keras.Model(i, plain(layers.GlobalAveragePooling2D()(base()(scaled(i))))), "computes in uint8")
    refuse("narrow", headed(plain, alpha=.5), "`Conv1` (Conv2D) has another number of filters")
    refuse("oblong", oblong(plain), "photos of 64×96")
    refuse("180 pixels", headed(plain, shape=(180, 180, 3), size=180), "photos of 180×180")
    i = start((None, None, 3))
    inner = keras.applications.MobileNetV2(include_top=False, weights=None)
    refuse("any size", keras.Model(i, plain(layers.GlobalAveragePooling2D()(inner(scaled(i))))), "photos of any size")
    i = start()
    inner = base()
    cut = keras.Model(inner.input, inner.get_layer("block_13_expand_relu").output)
    refuse("cut base", keras.Model(i, plain(layers.GlobalAveragePooling2D()(cut(scaled(i))))),
           "(GlobalAveragePooling2D) stands where MobileNetV2 has `block_13_pad`")
    i = start()
    inner = base()
    tapped = keras.Model(inner.input, [inner.output, inner.get_layer("block_13_expand_relu").output])
    a, b = tapped(scaled(i))
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(a), layers.GlobalMaxPooling2D()(b)])
    refuse("tapped base", keras.Model(i, plain(x)), "(GlobalMaxPooling2D) takes the output of `block_13_expand_relu`")
    i = start()
    inner = base()
    pool = layers.GlobalAveragePooling2D()
    x = layers.Concatenate()([pool(inner(scaled(i))), pool(inner(scaled(ops.flip(i, 2))))])
    refuse("base used twice", keras.Model(i, plain(x)), "beside")
    i = start()
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3, name="mine")(scaled(i)))
    refuse("another network", keras.Model(i, plain(x)), "`mine` (Conv2D) has another")
    refuse("softmax of one", headed(lambda x: layers.Dense(1, "softmax")(x)), "softmax over one output")
    refuse("features only", headed(lambda x: x), "gives features, no probabilities")
    refuse("relu at the end", headed(lambda x: layers.Dense(3, "relu")(x)), "ends the model with `relu`")
    refuse("regression", headed(lambda x: layers.Dense(1)(x)), "loss `mean_squared_error`", loss="mean_squared_error")
    refuse("scaled softmax", headed(lambda x: layers.Rescaling(2.)(plain(x))), "ends the model with `Rescaling`")
    refuse("hard sigmoid", headed(lambda x: plain(layers.Dense(4, "hard_sigmoid")(x))), "activation `hard_sigmoid`")
    refuse("bfloat16", headed(lambda x: layers.Dense(3, "softmax", dtype="mixed_bfloat16")(x)), "mixed_bfloat16")
    refuse("broadcast", gated(plain), "(Multiply) is not supported for inputs of different shapes")
    refuse("other axis", headed(plain, pre=layers.Normalization(axis=1, mean=[1.] * 64, variance=[2.] * 64)),
           "(Normalization) normalises along other axes")

    @keras.saving.register_keras_serializable(package="Mine")
    class Dense(layers.Layer):
        def call(self, x):
            return x * 2
    refuse("a class of one's own", headed(lambda x: plain(Dense(name="mine")(x))), "layer `mine` (Dense) is not supported")

    tf_keras.backend.clear_session()
    for name, training in (("dropout", True), ("base", False)):
        i = tf_keras.Input((64, 64, 3))
        inner = tf_keras.applications.MobileNetV2(input_shape=(64, 64, 3), include_top=False, weights=None)
        x = inner(tf_keras.layers.Rescaling(1 / 127.5, -1)(i), training=not training)
        x = tf_keras.layers.Dropout(.2)(tf_keras.layers.GlobalAveragePooling2D()(x), training=training)
        refuse(f"training in the {name}", tf_keras.Model(i, tf_keras.layers.Dense(3, "softmax")(x)), "training=True")


def oblong(head):
    i = start((64, 96, 3))
    inner = keras.applications.MobileNetV2(input_shape=(64, 96, 3), include_top=False, weights=None)
    return keras.Model(i, head(layers.GlobalAveragePooling2D()(inner(scaled(i)))))


def gated(head):
    i = start()
    x = base()(scaled(i))
    gate = layers.Dense(1280, "sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    return keras.Model(i, head(layers.GlobalAveragePooling2D()(layers.Multiply()([x, gate]))))


def main():
    FOLDER.mkdir(exist_ok=True)
    honoured()
    refused()
    (FOLDER / "answers.json").write_text(json.dumps(answers, indent=1) + "\n")
    with zipfile.ZipFile(FOLDER / "refusals.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        new.writestr("refusals.json", json.dumps({
            "parts": [json.loads(text) for text in parts], "models": refusals}))


if __name__ == "__main__":
    main()
