"""Writes the PyTorch files that the reader tests read, and the features of torchvision's mobilenet_v2.

Made with torch 2.15.0, torchvision 0.29.2, numpy 2.4.6, safetensors 0.8.0:
    python make_fixtures.py
"""
import collections
import math
import pathlib
import sys

import numpy as np
import torch
import torchvision

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
import fixture  # noqa: E402


def save(name, value, **options):
    torch.save(value, HERE / name, **options)


def every_type():
    """Mirrored in TorchReaderTests.swift."""
    plain = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    state = collections.OrderedDict()
    state['plain.weight'] = plain
    state['transposed.weight'] = plain.permute(2, 0, 1)
    state['sliced.weight'] = plain[1, 1:, ::2]
    state['repeated.weight'] = torch.tensor([7.0]).expand(2, 3)
    state['parameter.weight'] = torch.nn.Parameter(torch.tensor([0.5, -0.5]))
    state['scalar.num_batches_tracked'] = torch.tensor(1234567, dtype=torch.int64)
    state['empty.weight'] = torch.empty(0, 3)
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8):
        state[f'{dtype}'.replace('torch.', 'types.')] = torch.tensor([-3, 0, 100]).to(dtype)
    state['types.uint8'] = torch.tensor([0, 3, 200], dtype=torch.uint8)
    state['types.bool'] = torch.tensor([True, False, True])
    # As `state_dict()` leaves it: attributes of the dictionary.
    state._metadata = collections.OrderedDict([('', {'version': 1})])
    return state


def containers():
    state = every_type()
    save('types.pt', state)
    save('types.pth', state, _use_new_zipfile_serialization=False)
    save('types-protocol4.pt', state, pickle_protocol=4)
    save('types-protocol4.pth', state, pickle_protocol=4, _use_new_zipfile_serialization=False)
    layer = torch.nn.Linear(2, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(6).reshape(3, 2))
        layer.bias.zero_()
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    with torch.no_grad():
        layer.weight.copy_(torch.arange(6).reshape(3, 2))
        layer.bias.zero_()
    wrapped = torch.nn.DataParallel(torch.nn.Sequential(collections.OrderedDict(fc=layer)))
    save('checkpoint.pt', {
        'epoch': 3, 'loss': 0.25, 'names': ['a', 'b'], 'best': None, 'done': False,
        'state_dict': wrapped.state_dict(), 'optimizer': optimizer.state_dict()})
    save('model.pt', layer)
    save('model.pth', layer, _use_new_zipfile_serialization=False)


def mobilenet():
    """torchvision's network, whole, in a small file: its kernels are views of one storage."""
    torch.manual_seed(1)
    model = torchvision.models.mobilenet_v2(weights=None).eval()
    pool = torch.from_numpy(fixture.hash_values('pool', 16384)).to(torch.float16)
    scales = (1 + 0.2 * pool[:2048].double()).to(torch.float16)
    state = model.state_dict()
    fan_in = 1
    for number, (name, tensor) in enumerate(state.items()):
        if name.endswith('num_batches_tracked'):
            continue
        shape = tuple(tensor.shape)
        if len(shape) > 1:
            fan_in = math.prod(shape[1:])
            # Strides without a common pattern, as long as they stay inside the pool.
            strides = [11, 37, 1571, 523][:len(shape)] if len(shape) == 4 else [13, 2]
            reach = sum((extent - 1) * stride for extent, stride in zip(shape, strides))
            if reach >= len(pool) - 100:
                strides = [5, 7, 1571, 523][:len(shape)]
                reach = sum((extent - 1) * stride for extent, stride in zip(shape, strides))
            assert reach < len(pool) - 100, (name, reach)
            state[name] = pool.as_strided(shape, strides, number % 100)
        elif name.endswith('running_var'):
            # The pool's values have a variance of a third; ReLU6 keeps half.
            spread = torch.from_numpy(fixture.hash_values(name, shape[0]))
            state[name] = (fan_in / 3 * 0.6 * (1 + 0.3 * spread)).to(torch.float16)
        elif name.endswith('.weight'):
            state[name] = scales[number % 100:number % 100 + shape[0]]
        else:
            state[name] = pool[2 * number:2 * number + shape[0]]
    save('mobilenet_v2.pt', state)

    model.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    size = 64
    image = fixture.hash_values(f'image_{size}_0', size * size * 3).astype(np.float32).reshape(1, size, size, 3)

    def features():
        with torch.no_grad():
            maps = model.features(torch.from_numpy(image).permute(0, 3, 1, 2))
        return maps[0].permute(1, 2, 0).contiguous().numpy()

    answers = {'features': features()}
    # The same weights with Keras' padding and ε, to tell an error of names from one of padding.
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
        if isinstance(module, torch.nn.Conv2d) and module.stride == (2, 2):
            module.padding = (0, 0)
            module.register_forward_pre_hook(lambda _, inputs: torch.nn.functional.pad(inputs[0], (0, 1, 0, 1)))
    answers['features_as_keras'] = features()
    for name, value in answers.items():
        print(name, value.shape, value.mean(), value.std(), value.max(), (value == 0).mean())
    fixture.save_tensors('torch/mobilenet_v2', answers)


containers()
mobilenet()
