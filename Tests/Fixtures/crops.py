"""torchvision's RandomResizedCrop and ColorJitter, at given random numbers, on noise; and moments of mix-up's shares."""
import json
import pathlib

import numpy as np
import scipy.special
import torch
import torchvision
from fixture import hash_values
from torchvision.transforms.v2 import functional as F

SIZE = 24
# (width, height, smallest share of the area); the last ones have no crop of an allowed ratio but a central one.
SHAPES = [(60, 41, 0.08), (41, 60, 0.35), (50, 50, 0.5), (37, 90, 0.2), (90, 37, 0.9), (300, 20, 0.9), (20, 300, 0.9), (9, 9, 1.0)]
COLORS = [[(0, 0.7)], [(1, 1.4)], [(2, 0.5)], [(2, 1.6)], [(0, 1.5), (1, 0.6), (2, 1.2)], [(2, 0.8), (0, 1.3), (1, 1.35)]]


def picture(name, width, height):
    noise = hash_values(name, width * height * 3).reshape(height, width, 3)
    return np.floor(128 + 128 * noise).astype(np.uint8)


def box(width, height, smallest, numbers):
    """RandomResizedCrop.get_params with these numbers in the place of its generator's."""
    queue = [float(n) for n in numbers]
    place = iter(queue[20:])
    draws = iter(queue[:20])
    uniform, randint = torch.Tensor.uniform_, torch.randint
    torch.Tensor.uniform_ = lambda self, low, high: self.fill_(low + (high - low) * next(draws))
    # torchvision asks for the row first.
    order = []
    torch.randint = lambda low, high, size: order.append(high) or torch.zeros(size, dtype=torch.int64)
    try:
        image = torch.zeros(3, height, width)
        top, left, h, w = torchvision.transforms.RandomResizedCrop.get_params(image, [smallest, 1.0], [3 / 4, 4 / 3])
    finally:
        torch.Tensor.uniform_, torch.randint = uniform, randint
    if order:
        across, down = next(place), next(place)
        left, top = int(across * (width - w + 1)), int(down * (height - h + 1))
    return [left, top, w, h]


result = {"crops": [], "colors": [], "shares": []}
for index, (width, height, smallest) in enumerate(SHAPES):
    for draw in range(6):
        numbers = (0.5 + 0.5 * hash_values(f"crop_{index}_{draw}", 22)).astype(np.float32)
        left, top, w, h = box(width, height, smallest, numbers)
        image = torch.from_numpy(picture(f"photo_{index}", width, height)).permute(2, 0, 1).float()
        shown = F.resized_crop(
            image, top, left, h, w, [SIZE, SIZE], interpolation=torchvision.transforms.InterpolationMode.BILINEAR, antialias=False)
        if draw % 2:
            shown = F.horizontal_flip(shown)
        values = shown.permute(1, 2, 0).reshape(-1).numpy()
        result["crops"].append({
            "photo": f"photo_{index}", "width": width, "height": height, "smallest": smallest, "mirrors": bool(draw % 2),
            "numbers": [float(n) for n in numbers], "box": [left, top, w, h], "samples": [round(float(v), 4) for v in values[::37]]})
functions = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation]
for changes in COLORS:
    image = torch.from_numpy(picture("colors", SIZE, SIZE)).permute(2, 0, 1).float() / 255
    for change, factor in changes:
        image = functions[change](image, factor)
    values = 255 * image.permute(1, 2, 0).reshape(-1).numpy()
    result["colors"].append({"changes": changes, "samples": [round(float(v), 4) for v in values[::37]]})
for alpha in (0.1, 0.2, 1.0, 3.0):
    # Means of x and x² where x, from Beta(α, α), is above ½; twice, as the lower half is reflected there.
    mean = 1 - scipy.special.betainc(alpha + 1, alpha, 0.5)
    square = (alpha + 1) / (2 * alpha + 1) * (1 - scipy.special.betainc(alpha + 2, alpha, 0.5))
    result["shares"].append({"alpha": alpha, "mean": float(mean), "deviation": float((square - mean * mean) ** 0.5)})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
print(torchvision.__version__, [c["box"] for c in result["crops"]], result["shares"])
