"""Each operation of torchvision's RandAugment, and its CutMix, on noise with less than the full range of values."""
import base64
import json
import math
import pathlib

import numpy as np
import torch
import torchvision
from fixture import hash_values
from torchvision.transforms import InterpolationMode, autoaugment, v2

SIZE = 24
# Not one of them puts a pixel exactly between two others.
MAGNITUDES = [0, 9, 14, 30]


def picture(name):
    noise = hash_values(name, SIZE * SIZE * 3).reshape(SIZE, SIZE, 3)
    values = np.floor(100 + 70 * noise)
    # Something smooth as well, and a channel with few values.
    values[..., 1] = np.floor(values[..., 1] / 2 + 3 * np.arange(SIZE)[None, :])
    values[..., 2] = np.floor(values[..., 2] / 40) * 40
    return values.astype(np.uint8)


def text(values):
    return base64.b64encode(np.ascontiguousarray(values)).decode()


image = torch.from_numpy(picture("rand_augment")).permute(2, 0, 1)
space = autoaugment.RandAugment()._augmentation_space(31, (SIZE, SIZE))
result = {"operations": list(space), "cases": [], "parts": []}
for index, (name, (magnitudes, signed)) in enumerate(space.items()):
    for magnitude in MAGNITUDES if magnitudes.ndim else [9]:
        for negative in [False, True] if signed else [False]:
            argument = float(magnitudes[magnitude].item()) if magnitudes.ndim else 0.0
            argument = -argument if negative else argument
            changed = autoaugment._apply_op(image, name, argument, interpolation=InterpolationMode.NEAREST, fill=None)
            result["cases"].append({
                "operation": index, "magnitude": magnitude, "negative": negative, "argument": argument,
                "pixels": text(changed.permute(1, 2, 0).numpy())})

photos = torch.stack([torch.from_numpy(picture(f"part_{i}")).permute(2, 0, 1).float() for i in range(2)])
for share, x, y in [(0.5, 12, 12), (0.9, 3, 20), (0.64, 0, 0), (0.999, 23, 5), (0.51, 22, 23), (1.0, 7, 7)]:
    cutmix = v2.CutMix(num_classes=2, alpha=1.0)
    draws = iter([x, y])
    randint = torch.randint
    cutmix._dist = type("Given", (), {"sample": lambda self, shape: torch.tensor(share, dtype=torch.float32)})()
    torch.randint = lambda high, size=(1,), **more: torch.tensor([next(draws)])
    try:
        mixed, labels = cutmix(photos, torch.tensor([0, 1]))
    finally:
        torch.randint = randint
    result["parts"].append({
        "share": share, "x": x, "y": y, "kept": float(labels[0, 0]),
        "pixels": text(mixed[0].permute(1, 2, 0).numpy().astype(np.uint8))})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
print(torchvision.__version__, len(result["cases"]), [p["kept"] for p in result["parts"]])
