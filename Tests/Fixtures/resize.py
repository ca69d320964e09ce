"""Decoding and resizing of small made-up photos, as keras.utils.image_dataset_from_directory does both."""
import io
import zlib

import fixture
import numpy as np
import tensorflow as tf
from PIL import Image

PHOTOS = fixture.HERE / "photos"
SIZE = 160


def picture(name, width, height, channels=3):
    """Smooth waves with a little noise, so that chroma subsampling and the inverse DCT have work to do."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    noise = fixture.hash_values(name, width * height * channels).reshape(height, width, channels)
    waves = np.stack(
        [np.sin(x / (5 + 3 * c) + c) + np.cos(y / (7 + 2 * c) - c) for c in range(channels)], -1)
    return np.clip(128 + 55 * waves + 14 * noise, 0, 255).astype(np.uint8)


def jpeg(name, width, height, mode="RGB", **options):
    channels = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    pixels = picture(name, width, height, channels)
    image = Image.fromarray(pixels[..., 0] if mode == "L" else pixels, mode)
    image.save(PHOTOS / name, "JPEG", quality=80, **options)


def png(name, width, height, mode):
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "P": 3, "I;16": 1}[mode]
    pixels = picture(name, width, height, channels)
    if mode == "P":
        image = Image.fromarray(pixels, "RGB").quantize(32)
    elif mode == "I;16":
        image = Image.frombytes(mode, (width, height), (pixels[..., 0].astype("<u2") * 257).tobytes())
    else:
        image = Image.fromarray(pixels[..., 0] if mode == "L" else pixels, mode)
    image.save(PHOTOS / name, "PNG")


PHOTOS.mkdir(exist_ok=True)
jpeg("baseline_420.jpg", 97, 61, subsampling=2)
jpeg("baseline_422.jpg", 61, 97, subsampling=1)
jpeg("baseline_444.jpg", 50, 50, subsampling=0)
jpeg("progressive.jpg", 83, 120, subsampling=2, progressive=True)
jpeg("large.jpg", 260, 190, subsampling=2)
jpeg("one_pixel.jpg", 1, 1)
jpeg("grey.jpg", 75, 44, mode="L")
jpeg("cmyk.jpg", 64, 48, mode="CMYK")
png("rgb.png", 40, 70, "RGB")
png("rgba.png", 33, 21, "RGBA")
png("grey.png", 31, 45, "L")
png("grey_alpha.png", 24, 24, "LA")
png("palette.png", 45, 30, "P")
png("grey_16.png", 20, 26, "I;16")

tensors = {}
names = sorted(p.name for p in PHOTOS.iterdir())
for name in names:
    data = (PHOTOS / name).read_bytes()
    image = tf.image.decode_image(data, channels=3, expand_animations=False)
    resized = tf.image.resize(image, (SIZE, SIZE), method="bilinear").numpy()
    decoded = image.numpy()
    tensors[f"{name}/shape"] = np.array(decoded.shape)
    tensors[f"{name}/crc32"] = np.array(
        [zlib.crc32(decoded.tobytes()), zlib.crc32(resized.astype("<f4").tobytes())])
    # Enough samples to show how far off a decoder is.
    tensors[f"{name}/samples"] = resized.reshape(-1)[::1511].copy()
    print(name, decoded.shape, decoded.mean(), resized.mean())
fixture.save_tensors("resize", tensors, {"names": names})
