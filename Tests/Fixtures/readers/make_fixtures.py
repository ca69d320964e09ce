"""Writes the weight files that the reader tests read: MobileNetV2's full set of tensors in
each format that Keras saves, every tensor filled from a hash of its Keras 3 name, so that
a test tells whether the right tensor came under the right name. Compressed, because
Keras' own files of this size are 9 MB each.

Made with keras 3.15.1, tensorflow-cpu 2.21.0, h5py 3.14.0, numpy 2.4.6:
    python make_fixtures.py
"""
import os
import tempfile
import zipfile

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import h5py
import numpy as np
from tensorflow import keras

HERE = os.path.dirname(os.path.abspath(__file__))


def fnv1a(name):
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def filled(name, shape):
    """Mirrored in ReaderFixtures.swift."""
    count = int(np.prod(shape))
    return (np.float32(fnv1a(name) % 1000) + np.arange(count, dtype=np.float32) % 4).reshape(shape)


def canonical(path):
    layer, variable = path.split('/')[-2:]
    return f'{layer}/{variable}'


def base(**options):
    return keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights=None, **options)


def fill(model):
    for weight in model.weights:
        weight.assign(filled(canonical(weight.path), weight.shape))
    return model


def recipe():
    """The whole classifier, base nested, as Keras users write it."""
    keras.utils.clear_session()
    augment = keras.Sequential([
        keras.layers.RandomFlip('horizontal'), keras.layers.RandomRotation(.2), keras.layers.RandomZoom(.2)])
    features = base()
    features.trainable = True
    for layer in features.layers[:100]:
        layer.trainable = False
    start = keras.Input((160, 160, 3))
    x = keras.applications.mobilenet_v2.preprocess_input(augment(start))
    x = keras.layers.GlobalAveragePooling2D()(features(x, training=False))
    x = keras.layers.Dropout(.2)(x)
    model = keras.Model(start, keras.layers.Dense(5, activation='softmax')(x))
    model.compile(keras.optimizers.Adam(1e-3), 'sparse_categorical_crossentropy')
    return fill(model)


def inlined():
    """The base's layers are the model's own."""
    keras.utils.clear_session()
    features = base()
    x = keras.layers.GlobalAveragePooling2D()(features.output)
    return fill(keras.Model(features.input, keras.layers.Dense(5, activation='softmax')(x)))


def repack(source, target, keep_names=True):
    """Copies an HDF5 file with compact groups and compressed datasets."""
    with h5py.File(source) as old, h5py.File(target, 'w', libver=('v110', 'v110')) as new:
        def attributes(a, b):
            for key, value in a.attrs.items():
                if key in ('model_config', 'training_config') or not keep_names and key == 'name':
                    continue
                b.attrs[key] = value

        def copy(a, b):
            attributes(a, b)
            for key, item in a.items():
                if isinstance(item, h5py.Group):
                    copy(item, b.create_group(key))
                else:
                    big = item.size > 64
                    options = dict(chunks=item.shape, compression='gzip', compression_opts=9, shuffle=True) if big else {}
                    attributes(item, b.create_dataset(key, data=item[()], **options))
        copy(old, new)


def keras2(target, rename=lambda name: name, suffix=''):
    """Keras 2's weights-only file, written by hand: Keras 3 no longer writes it."""
    model = fill(base())
    with h5py.File(target, 'w', libver=('v110', 'v110')) as file:
        file.attrs['layer_names'] = np.array([rename(layer.name).encode() for layer in model.layers])
        file.attrs['backend'] = b'tensorflow'
        for layer in model.layers:
            group = file.create_group(rename(layer.name))
            names = []
            for weight in layer.weights:
                variable = weight.path.split('/')[-1]
                if isinstance(layer, keras.layers.DepthwiseConv2D):
                    variable = 'depthwise_' + variable
                names.append(f'{rename(layer.name)}{suffix}/{variable}:0')
                value = weight.numpy()
                options = dict(chunks=value.shape, compression='gzip', compression_opts=9, shuffle=True)
                group.create_dataset(names[-1], data=value, **(options if value.size > 64 else {}))
            group.attrs['weight_names'] = np.array([name.encode() for name in names]) if names else np.zeros(0, 'S1')


def main():
    keras.utils.clear_session()
    counter = iter(range(1000))
    numbers = {}
    keras2(f'{HERE}/keras2-weights.h5', suffix='_1')
    keras2(f'{HERE}/keras2-renamed.h5', rename=lambda name: numbers.setdefault(name, f'layer{next(counter)}'))
    with tempfile.TemporaryDirectory() as folder:
        model = recipe()
        for suffix in ('.h5', '.weights.h5', '.keras'):
            path = f'{folder}/recipe{suffix}'
            (model.save_weights if suffix == '.weights.h5' else model.save)(path)
        repack(f'{folder}/recipe.h5', f'{HERE}/keras3-model.h5')
        repack(f'{folder}/recipe.weights.h5', f'{HERE}/keras3.weights.h5')
        # Keras 3 before about 3.10 saves no layer names in these files.
        repack(f'{folder}/recipe.weights.h5', f'{HERE}/keras3-unnamed.weights.h5', keep_names=False)
        with zipfile.ZipFile(f'{folder}/recipe.keras') as old:
            old.extract('model.weights.h5', folder)
            repack(f'{folder}/model.weights.h5', f'{folder}/small.h5')
            with zipfile.ZipFile(f'{HERE}/keras3-model.keras', 'w', zipfile.ZIP_DEFLATED) as new:
                new.writestr('metadata.json', old.read('metadata.json'))
                new.writestr('config.json', old.read('config.json'))
                new.write(f'{folder}/small.h5', 'model.weights.h5')
        model = inlined()
        model.save(f'{folder}/inlined.h5')
        repack(f'{folder}/inlined.h5', f'{HERE}/keras3-inlined.h5')
        model.save_weights(f'{folder}/inlined.weights.h5')
        repack(f'{folder}/inlined.weights.h5', f'{HERE}/keras3-inlined.weights.h5', keep_names=False)
        narrow = fill(base(alpha=0.5))
        narrow.save_weights(f'{folder}/narrow.weights.h5')
        repack(f'{folder}/narrow.weights.h5', f'{HERE}/alpha-half.weights.h5')
    with h5py.File(f'{HERE}/not-keras.h5', 'w') as file:
        file['temperature'] = np.arange(5, dtype=np.float32)


main()
