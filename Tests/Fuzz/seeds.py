"""Writes the seeds that Tests/fuzz.sh begins with, those that are not files of Tests/Fixtures or themes.

Made with h5py 3.14.0, numpy 2.4.6:
    python seeds.py
Two runs write the same bytes.
"""
import base64
import gzip
import io
import json
import os
import re
import sqlite3
import struct
import tarfile
import zipfile
import zlib

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
RECIPE = {
    'epochs': 5, 'fine_tune_epochs': 5, 'fine_tune_at': 100, 'learning_rate': 1e-3, 'fine_tune_learning_rate': 1e-5, 'batch_size': 32,
    'validation_split': .2, 'dropout': .2, 'seed': 42, 'image_size': 160, 'demo': True, 'schedule': 'step:2:0.1', 'early_stop': 3}


def put(target, name, content):
    folder = f'{HERE}/corpus/{target}'
    os.makedirs(folder, exist_ok=True)
    with open(f'{folder}/{name}', 'wb') as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def lookup3(data):
    """The checksum of HDF5's newer structures: Bob Jenkins' lookup3."""
    mask = (1 << 32) - 1
    sums = [(0xdeadbeef + len(data)) & mask] * 3

    def turn(i, j, by, subtracts):
        value = (sums[j] << by | sums[j] >> 32 - by) & mask
        sums[i] = (sums[i] ^ sums[j]) - value & mask if subtracts else (sums[i] - sums[j] & mask) ^ value

    for start in range(0, len(data), 12):
        block = data[start:start + 12]
        words = struct.unpack('<3I', block.ljust(12, b'\0'))
        sums = [(total + word) & mask for total, word in zip(sums, words)]
        if start + 12 < len(data):
            for i, j, k, by in (0, 2, 1, 4), (1, 0, 2, 6), (2, 1, 0, 8), (0, 2, 1, 16), (1, 0, 2, 19), (2, 1, 0, 4):
                turn(i, j, by, False)
                sums[j] = (sums[j] + sums[k]) & mask
        else:
            for i, j, by in (2, 1, 14), (0, 2, 11), (1, 0, 25), (2, 1, 16), (0, 2, 4), (1, 0, 14), (2, 1, 24):
                turn(i, j, by, True)
    return sums[2]


def timeless(content):
    """Sets the times of an HDF5 file's objects, so that a seed is the same whenever it is made."""
    content = bytearray(content)
    for start in (match.start() for match in re.finditer(rb'OHDR\x02', bytes(content))):
        flags = content[start + 5]
        if not flags & 0x20:
            continue
        content[start + 6:start + 22] = struct.pack('<4I', *[10 ** 9] * 4)
        # Numbers of attributes may follow, then the length of the messages before the checksum.
        place, width = start + 22 + (4 if flags & 0x10 else 0), 1 << (flags & 3)
        end = place + width + int.from_bytes(content[place:place + width], 'little')
        content[end:end + 4] = struct.pack('<I', lookup3(bytes(content[start:end])))
    return bytes(content)


def hdf5(fill, **options):
    buffer = io.BytesIO()
    with h5py.File(buffer, 'w', **options) as file:
        fill(file)
    return timeless(buffer.getvalue())


def store(*changes):
    """A run store of the program's own schema, with a row in each table, and changes to it."""
    with open(f'{HERE}/../../Sources/Core/Store/RunStore+Schema.swift') as file:
        source = file.read()
    database = sqlite3.connect(':memory:')
    database.execute('PRAGMA page_size = 512')
    database.execute('CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)')
    for identifier, sql in re.findall(r'registerMigration\("(.*?)"\).*?"""(.*?)"""', source, re.DOTALL):
        database.executescript(sql)
        database.execute('INSERT INTO grdb_migrations VALUES (?)', [identifier])
    # Settings missing from the configuration have their defaults.
    database.execute(
        "INSERT INTO runs VALUES ('0001', 'finished', 1e9, 1.1e9, 'd', 'w', 42, ?, 10, 7, 'h', 'n')", [json.dumps(RECIPE)])
    database.execute("INSERT INTO epochs VALUES ('0001', 0, 'head', 1.5, 0.5, 1.25, 0.5, 2, 1, 99.5)")
    database.execute(
        "INSERT INTO events VALUES ('0001', 0, 1e9, 'warning', NULL, NULL, ?)", ['{"event":"warning","message":"m"}'])
    database.execute("INSERT INTO checkpoints VALUES ('0001', 'last.safetensors', 1e9, 1, 0)")
    database.execute("INSERT INTO tags VALUES ('0001', 't')")
    database.execute("INSERT INTO photo_notes VALUES ('0001', 'daisy/1.jpg', 1, 'n')")
    for change in changes:
        database.executescript(change)
    database.commit()
    return database.serialize()


def keras2(file):
    """As Keras 2 has it: names of layers and weights in attributes."""
    file.attrs['layer_names'] = np.array([b'Conv1', b'bn'])
    file.attrs['backend'] = 'tensorflow'
    file.attrs['flag'] = np.bool_(True)
    for layer in 'Conv1', 'bn':
        group = file.create_group(layer)
        group.attrs['weight_names'] = np.array([f'{layer}/kernel:0'.encode()])
        group.create_dataset(f'{layer}/kernel:0', data=np.arange(6, dtype=np.float32).reshape(2, 3))


def keras3(file):
    variables = file.create_group('layers/dense/vars')
    variables.attrs['name'] = 'dense'
    variables['0'] = np.ones((2, 2), np.float16)
    variables['1'] = np.ones(2, '>f8')
    file['optimizer/vars/0'] = np.int64(7)


def moments(file, paths):
    """The state of an Adam that trained a head of two classes, under the given paths: kernel, bias."""
    for path, shape in zip(paths, ((1280, 2), (1280, 2), (2,), (2,))):
        # Packed, as the moments of the kernel are longer than an input.
        file.create_dataset(path, data=np.full(shape, .5, np.float32), chunks=shape, compression='gzip')


def optimizer3(file):
    """As `.keras` has it: numbered, the two moments of a variable after each other."""
    file['optimizer/vars/0'] = np.int64(7)
    file['optimizer/vars/1'] = np.float32(1e-3)
    moments(file, [f'optimizer/vars/{index}' for index in range(2, 6)])


def optimizer2(file):
    """As `.h5` has it: named, in the attribute's order."""
    names = ['adam/iteration', 'adam/learning_rate', 'adam/dense_kernel_momentum', 'adam/dense_kernel_velocity',
             'adam/dense_bias_momentum', 'adam/dense_bias_velocity']
    group = file.create_group('optimizer_weights')
    group.attrs['weight_names'] = np.array([name.encode() for name in names])
    group[names[0]] = np.int64(7)
    group[names[1]] = np.float32(1e-3)
    moments(group, names[2:])


def packed(file):
    file.create_dataset('a', data=np.zeros((8, 8), np.float32), chunks=(4, 8), compression='gzip', shuffle=True)
    file.create_dataset('b', data=np.zeros(16, np.float32), chunks=(16,))


def dense(file):
    for index in range(12):
        file[f'd{index:02}'] = np.float32(index)


def circle(file):
    file['a/b'] = np.float32(1)
    file['a/loop'] = file['/a']


def two_names(file):
    file['a'] = np.float32(1)
    file['b'] = file['a']


def bomb(file):
    """A chunk of 32 bytes that unpacks to 2 MB."""
    values = file.create_dataset('a', shape=(8,), dtype=np.float32, chunks=(8,), compression='gzip')
    values.id.write_direct_chunk((0,), zlib.compress(bytes(2_000_000), 9))


def elsewhere(file):
    file.create_dataset('a', shape=(4,), dtype=np.float32, external=[('values.bin', 0, 16)])


def virtual(file):
    layout = h5py.VirtualLayout(shape=(4,), dtype=np.float32)
    layout[:] = h5py.VirtualSource('other.h5', 'a', shape=(4,))
    file.create_virtual_dataset('a', layout)


def link(target):
    def fill(file):
        file['a'] = target
    return fill


# Structures that Keras never writes; HostileFilesTests expects each to be refused.
HOSTILE = {
    'circle': (circle, {}), 'two-names': (two_names, {}), 'bomb': (bomb, {}), 'elsewhere': (elsewhere, {}),
    'virtual': (virtual, {'libver': ('v110', 'v110')}), 'soft-link': (link(h5py.SoftLink('/b')), {}),
    'external-link': (link(h5py.ExternalLink('other.h5', '/a')), {}),
    'compound': (lambda file: file.create_dataset('a', data=np.zeros(2, 'f4,i4')), {}),
    'lists': (lambda file: file.create_dataset('a', shape=(2,), dtype=h5py.vlen_dtype(np.float32)), {}),
    'huge': (lambda file: file.create_dataset('a', shape=(1 << 39,), dtype=np.float32, chunks=(1024,)), {}),
    'deep': (lambda file: file.create_group('/'.join('g' * 30)), {'libver': ('v110', 'v110')}),
    'lzf': (lambda file: file.create_dataset('a', data=np.zeros(64, np.float32), compression='lzf'), {}),
    'never-written': (lambda file: file.create_dataset('a', shape=(64,), dtype=np.float32), {}),
}


def safetensors(tensors, metadata=None):
    header, body = {}, b''
    if metadata:
        header['__metadata__'] = metadata
    for name, value in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': list(value.shape), 'data_offsets': [len(body), len(body) + value.nbytes]}
        body += value.tobytes()
    text = json.dumps(header).encode()
    return struct.pack('<Q', len(text)) + text + body


def tar(*entries):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w', format=tarfile.USTAR_FORMAT) as file:
        for name, kind, target in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            content = b'photo' if kind == tarfile.REGTYPE else b''
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return buffer.getvalue().rstrip(b'\0') + b'\0' * 1024


def main():
    new = ('v110', 'v110')
    files = {
        'keras2': hdf5(keras2), 'keras3': hdf5(keras3), 'packed': hdf5(packed), 'keras2-new': hdf5(keras2, libver=new),
        'packed-new': hdf5(lambda file: file.create_dataset('a', data=np.zeros(64, np.float32), chunks=(64,), compression='gzip'), libver=new),
        'dense': hdf5(dense, libver=new),
    }
    for name, content in files.items():
        put('hdf5', name, content)
    for name, (fill, options) in HOSTILE.items():
        put('hdf5', name, hdf5(fill, **options))
    put('optimizer', 'numbered', hdf5(optimizer3))
    put('optimizer', 'named', hdf5(optimizer2))
    for name, method in ('stored', zipfile.ZIP_STORED), ('packed', zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, 'w') as file:
            # An entry of its own has a fixed time.
            file.writestr(zipfile.ZipInfo('config.json'), '{}', method)
            file.writestr(zipfile.ZipInfo('model.weights.h5'), files['keras3'], method)
        put('keras', name, buffer.getvalue())

    small = {'a/kernel': np.arange(4, dtype=np.float32).reshape(2, 2), 'b': np.zeros(0, np.float32)}
    put('safetensors', 'two', safetensors(small, {'flowers_tui': '{}'}))
    put('safetensors', 'none', safetensors({}))
    record = {
        'layers/norms': np.array([[100, 1, .5, .1], [154, 1, np.nan, np.nan]], np.float32),
        'validation/labels': np.array([0, 1], np.float32),
        'validation/probabilities': np.array([[.9, .1], [.2, .8]], np.float32),
    }
    put('epoch', 'two', safetensors(record, {
        'epoch': '3', 'classes': '["daisy","roses"]', 'files': '["daisy/1.jpg","roses/2.jpg"]'}))

    progress = {
        'epoch': 1, 'step': 2, 'stage': 'head', 'stage_first_epoch': 0, 'learning_rate': 1e-3, 'adam_step': 9, 'epoch_loss_sum': 1.5,
        'epoch_correct': 3, 'epoch_examples': 4, 'best_epoch': 0, 'best_validation_loss': 'NaN', 'finished': False}
    put('checkpoint', 'recipe', json.dumps(RECIPE))
    put('checkpoint', 'header', json.dumps({
        'version': 1, 'run': '0001', 'configuration': RECIPE, 'classes': ['daisy', 'roses'], 'data': 'd', 'weights': 'w', 'progress': progress}))

    events = [
        {'event': 'run_started', 'run': '0001', 'data': 'd', 'weights': 'w', 'train_images': 6, 'validation_images': 2, 'classes': ['daisy', 'roses']},
        {'event': 'stage_started', 'stage': 'head', 'epoch': 0, 'trainable_parameters': 2562, 'learning_rate': 1e-3},
        {'event': 'batch_ended', 'epoch': 0, 'step': 1, 'steps': 2, 'loss': 1.5, 'accuracy': .5, 'batch_loss': 1.5, 'learning_rate': 1e-3,
         'images_per_second': 99.5, 'gradient_norm': 2.5},
        {'event': 'command_applied', 'command': {'set_learning_rate': 1e-4}, 'epoch': 0, 'step': 1, 'learning_rate': 1e-4, 'by': 'key', 'time': 1e9},
        {'event': 'command_applied', 'command': {'add_epochs': 2}, 'epoch': 0, 'step': 1, 'learning_rate': 1e-4},
        {'event': 'warning', 'message': 'm', 'kind': 'loss_jumped', 'values': ['9', '1', '1', '2']},
        {'event': 'epoch_ended', 'epoch': 0, 'stage': 'head', 'train_loss': 1, 'train_accuracy': .5, 'validation_loss': 'NaN',
         'validation_accuracy': .5, 'train_seconds': 1, 'validation_seconds': 1, 'images_per_second': 9},
        {'event': 'checkpoint_saved', 'path': 'p', 'epoch': 1, 'reason': 'epoch'},
        {'event': 'stage_started', 'stage': 'fine_tune', 'epoch': 1, 'trainable_parameters': 9, 'learning_rate': 1e-5, 'fine_tune_at': 100},
        {'event': 'run_ended', 'reason': 'finished', 'validation_loss': 1, 'validation_accuracy': .5},
    ]
    put('events', 'all', ''.join(json.dumps(event) + '\n' for event in events))
    for index, event in enumerate(events):
        put('events', f'{index}', json.dumps(event) + '\n')

    put('store', 'rows', store())
    put('store', 'types', store("UPDATE runs SET created = 'x', note = x'00'; UPDATE epochs SET epoch = 1e300, stage = 1; UPDATE events SET event = 1"))
    put('store', 'trigger', store('CREATE TRIGGER t AFTER UPDATE ON runs BEGIN DELETE FROM runs; END'))
    put('store', 'empty', b'')

    functional = {'class_name': 'Functional', 'config': {'name': 'm', 'layers': [
        {'class_name': 'InputLayer', 'config': {'name': 'i', 'batch_shape': [None, 64, 64, 3]}, 'inbound_nodes': []},
        {'class_name': 'Rescaling', 'config': {'name': 'r', 'scale': .1, 'offset': [0, 1, 2]}, 'inbound_nodes': [
            {'args': [{'class_name': '__keras_tensor__', 'config': {'keras_history': ['i', 0, 0]}}], 'kwargs': {}}]},
        {'class_name': 'TFOpLambda', 'config': {'name': 't', 'function': 'math.truediv'}, 'inbound_nodes': [['r', 0, 0, {'y': 2}]]}],
        'input_layers': [['i', 0, 0]], 'output_layers': [['t', 0, 0]]}}
    put('model', 'functional', json.dumps(functional))
    put('model', 'sequential', json.dumps({'class_name': 'Sequential', 'config': {'name': 's', 'layers': [
        {'class_name': 'Flatten', 'config': {'name': 'f', 'batch_input_shape': [None, 8, 8, 3]}}, functional]}}))
    # The only way to the layers after the base leads through all of the base's.
    def short(value):
        if isinstance(value, dict):
            return {k: short(v) for k, v in value.items() if not re.search('(_initializer|_regularizer|_constraint|_config|dtype|module|shape)$', k) or k == 'batch_shape'}
        return [short(v) for v in value] if isinstance(value, list) else value
    with zipfile.ZipFile(f'{HERE}/../Fixtures/models/deep-head.keras') as model:
        put('model', 'whole', json.dumps(short(json.loads(model.read('config.json'))), separators=(',', ':')))

    with open(f'{HERE}/../Fixtures/formats.json') as file:
        formats = json.load(file)
    for name, picture in (formats['tensorflow'] | formats['others']).items():
        target, title = name.split('/')
        content = base64.b64decode(picture['file'])
        # A sixteenth of the small ones show every part of the formats.
        if len(content) < 1200 and (target not in ('bmp', 'gif') or len(title) % 4 == 0):
            put({'heic': 'heif', 'avif': 'heif'}.get(target, target), name.replace('/', '-'), content)

    put('config', 'values', 'epochs = 3\nlearning_rate = 1e-4\ndata = "photos"\ndemo = true\n[keys]\npause = "p"\nquit = ["q", "ctrl-q"]\n')
    put('theme', 'inline', 'name = "x"\nsymbols = "ascii"\ncolors = { text = 7, dim = "#808080" }\n')

    file, folder, link, symlink, device = b'0', b'5', b'1', b'2', b'3'
    put('tar', 'plain', tar(('p', folder, ''), ('p/a.jpg', file, '')))
    put('tar', 'packed', gzip.compress(tar(('p/a.jpg', file, '')), mtime=0))
    put('tar', 'above', tar(('../a.jpg', file, '')))
    put('tar', 'absolute', tar(('/a.jpg', file, '')))
    put('tar', 'symlink', tar(('p', symlink, '..'), ('p/a.jpg', file, '')))
    put('tar', 'hardlink', tar(('a.jpg', file, ''), ('b.jpg', link, 'a.jpg')))
    put('tar', 'device', tar(('null', device, '')))

    def frame(message):
        text = json.dumps(message).encode()
        return len(text).to_bytes(4, 'big') + text
    hello = frame({'hello': {'_0': {'version': 1, 'run': '0001', 'process': 1}}})
    put('control', 'commands', hello + frame({'command': {'_0': 'pause'}}) + frame({'command': {'_0': {'set_learning_rate': 1e-4}}}))
    put('control', 'events', hello + b''.join(frame({'training': {'_0': event}}) for event in events))
    put('control', 'long', b'\xff\xff\xff\xff{}')

    put('keys', 'keys', b'aq\x1b[A\x1bOB\x1b[3~\x1b[Z\t\r\x7f\x03\x1b')
    put('keys', 'mouse', b'\x1b[<0;12;5M\x1b[<32;3;4M\x1b[<65;3;4M\x1b[M !!')
    put('keys', 'paste', '\x1b[200~two\nlines 花\x1b[201~q')
    put('keys', 'reports', b'\x1b[?62;4c\x1b[6;20;10t\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.35)\x1b\\\x1b]0;t\x07')


main()
