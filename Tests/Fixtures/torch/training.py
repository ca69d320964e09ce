"""Writes mobilenet_v2_training.safetensors: the answers of mobilenet_v2.pt to two photos of 0…255, normalised as
torchvision's models have it, and gradients of the loss of both with the stored statistics.

Made with torch 2.15.0, torchvision 0.29.2 and numpy 2.4.6:
    python training.py
"""
import pathlib
import sys

import numpy as np
import torch
import torchvision

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import fixture

SIZE, LABELS = 64, [3, 700]
GRADIENTS = [
    "features.0.0.weight", "features.0.1.weight", "features.0.1.bias", "features.2.conv.0.0.weight",
    "features.2.conv.1.0.weight", "features.2.conv.1.1.weight", "features.2.conv.1.1.bias",
    "features.14.conv.1.0.weight", "features.14.conv.1.1.bias", "features.18.1.weight", "features.18.1.bias",
    "classifier.1.bias"]

torch.manual_seed(1)
model = torchvision.models.mobilenet_v2(weights=None).eval()
state = torch.load(pathlib.Path(__file__).parent / "mobilenet_v2.pt")
model.load_state_dict({name: tensor.float() for name, tensor in state.items()}, strict=False)
photos = np.stack([fixture.hash_values(f"image_{SIZE}_{i}", SIZE * SIZE * 3) for i in range(2)])
photos = np.round((photos + 1) * 127.5).astype(np.float32).reshape(2, SIZE, SIZE, 3)
mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
inputs = (torch.from_numpy(photos).permute(0, 3, 1, 2) / 255 - mean) / deviation
logits = model(inputs)
loss = torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS))
loss.backward()
parameters = dict(model.named_parameters())
answers = {
    "probabilities": torch.softmax(logits, 1).detach().numpy(), "loss": np.array([float(loss.detach())], np.float32),
    **{f"gradients/{name}": parameters[name].grad.numpy().copy() for name in GRADIENTS}}
for name, value in answers.items():
    print(name, value.shape, np.abs(value).max(), torch.__version__, torchvision.__version__, np.__version__)
fixture.save_tensors("torch/mobilenet_v2_training", answers)
