"""Small pictures in BMP and GIF, with what TensorFlow decodes from them, and in WebP, TIFF, AVIF and HEIC, with
what Pillow does.

Writes formats.json: for each BMP and GIF its bytes in base64 and the shape and CRC-32 of TensorFlow's pixels, or
null where it refuses the picture; for each of the others its bytes and Pillow's pixels. HEIC needs pillow-heif
1.8.1; the rest has the versions of requirements.txt.
"""
import base64
import io
import struct

from fixture import hash_values, save_json, tensorflow_picture
import numpy as np
from PIL import Image
import pillow_heif

tensorflow, others = {}, {}


def add(name, data):
    assert name not in tensorflow, name
    tensorflow[name] = tensorflow_picture(data)


def noise(name, high, *shape):
    values = (hash_values(name, int(np.prod(shape))) + 1) / 2
    return np.floor(values * high).astype(np.uint8).reshape(shape)


# BMP (Microsoft, "Bitmap Storage")

def bmp(name, width, height, bits, header=40, compression=0, colors=0, more=b"", between=b""):
    row = (width * bits + 31) // 32 * 4
    pixels = noise(f"bmp/{name}", 256, row * abs(height)).tobytes()
    table = noise(f"bmp/{name}/colors", 256, colors * 4).tobytes()
    start = 14 + header + len(table) + len(between)
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(pixels), 2835, 2835, colors, 0)
    info += bytes(header - 40)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + info + table + between + pixels + more


for bits, colors in ((1, 2), (4, 16), (8, 256), (8, 7), (16, 0), (24, 0), (32, 0)):
    for width, height in ((7, 5), (8, 3), (1, 1), (6, -5)):
        add(f"bmp/{bits}-{colors}-{width}x{height}", bmp(f"{bits}-{colors}", width, height, bits, colors=colors))
for header in (52, 56, 108, 124):
    add(f"bmp/header-{header}", bmp("header", 7, 5, 32, header=header))
add("bmp/bitfields", bmp("bitfields", 7, 5, 32, compression=3, between=struct.pack("<III", 0xff0000, 0xff00, 0xff)))
add("bmp/gap", bmp("gap", 7, 5, 24, between=bytes(9)))
whole = bmp("cut", 7, 5, 24)
for cut in (1, 4, 30, len(whole) - 20):
    add(f"bmp/cut-{cut}", whole[:-cut])
add("bmp/no-width", bmp("none", 0, 5, 24))
add("bmp/no-height", bmp("none", 5, 0, 24))
add("bmp/before", whole[:10] + struct.pack("<i", -9) + whole[14:])
buffer = io.BytesIO()
Image.fromarray(noise("bmp/pillow", 256, 12, 9, 3)).save(buffer, "BMP")
add("bmp/pillow", buffer.getvalue())


# GIF (CompuServe, "Graphics Interchange Format", version 89a)

def lzw(indices, least, clears=True):
    """The codes of a picture, in blocks; without `clears` the full table is kept to the end."""
    clear, end = 1 << least, (1 << least) + 1
    out, bits, count = bytearray(), 0, 0

    def put(code, size):
        nonlocal bits, count
        bits |= code << count
        count += size
        while count >= 8:
            out.append(bits & 255)
            bits >>= 8
            count -= 8

    table, size = {(i,): i for i in range(clear)}, least + 1
    following = end + 1
    put(clear, size)
    string = ()
    for index in indices:
        longer = string + (int(index),)
        if longer in table:
            string = longer
            continue
        put(table[string], size)
        if following < 4096:
            table[longer] = following
            if following == 1 << size and size < 12:
                size += 1
            following += 1
        elif clears:
            put(clear, size)
            table, size, following = {(i,): i for i in range(clear)}, least + 1, end + 1
        string = (int(index),)
    put(table[string], size)
    put(end, size)
    if count:
        out.append(bits & 255)
    blocks = b"".join(bytes([len(out[i:i + 255])]) + bytes(out[i:i + 255]) for i in range(0, len(out), 255))
    return bytes([least]) + blocks + b"\0"


def colors(name, bits):
    return noise(f"gif/{name}/colors", 256, 3 << bits).tobytes()


def frame(name, width, height, bits=4, left=0, top=0, own=False, interlaced=False, clear=None, used=None, clears=True):
    indices = noise(f"gif/{name}", used or 1 << bits, height, width)
    if interlaced:
        order = [y for a, b in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(a, height, b)]
        indices = indices[order]
    control = b"" if clear is None else struct.pack("<BBBBHBB", 0x21, 0xf9, 4, 1, 0, clear, 0)
    flags = (0x80 | bits - 1 if own else 0) | (0x40 if interlaced else 0)
    return (control + b"," + struct.pack("<HHHHB", left, top, width, height, flags)
            + (colors(name + "/own", bits) if own else b"") + lzw(indices.ravel(), max(2, bits), clears))


def gif(name, *frames, bits=4, width=9, height=7, version=b"89a", table=True, end=b";"):
    head = b"GIF" + version + struct.pack("<HHBBB", width, height, (0x80 if table else 0) | bits - 1, 0, 0)
    return head + (colors(name, bits) if table else b"") + b"".join(frames) + end


for bits in range(1, 9):
    add(f"gif/{bits}-bits", gif(f"{bits}", frame(f"{bits}", 9, 7, bits), bits=bits))
    add(f"gif/{bits}-bits-interlaced", gif(f"{bits}", frame(f"{bits}", 9, 13, bits, interlaced=True), bits=bits))
add("gif/87a", gif("87a", frame("87a", 9, 7), version=b"87a"))
add("gif/own-colors", gif("own", frame("own", 9, 7, own=True)))
add("gif/no-common-colors", gif("only", frame("only", 9, 7, own=True), table=False))
add("gif/no-colors", gif("none", frame("none", 9, 7), table=False))
add("gif/transparent", gif("clear", frame("clear", 9, 7, clear=3)))
add("gif/animation", gif("many", *(frame(f"many{i}", 9, 7, own=True, clear=i) for i in range(3))))
add("gif/wider-later", gif("wide", frame("wide0", 5, 4, own=True), frame("wide1", 9, 3), frame("wide2", 2, 8)))
add("gif/within-screen", gif("within", frame("within", 5, 4, left=2, top=1)))
add("gif/beyond", gif("beyond", frame("beyond", 5, 4, left=4, top=3), frame("beyond1", 7, 6)))
add("gif/far-beyond", gif("far", frame("far", 5, 4, left=40, top=30)))
add("gif/full-table", gif("full", frame("full", 120, 90, 8), bits=8))
add("gif/full-table-kept", gif("kept", frame("kept", 120, 90, 8, clears=False), bits=8))
add("gif/plain", gif("plain", frame("plain", 200, 100, 2, used=1), bits=2))
add("gif/one-pixel", gif("one", frame("one", 1, 1)))
add("gif/missing-color", gif("missing", frame("missing", 9, 7, 8), bits=2))
add("gif/comment", gif("comment", b"!\xfe\5hello\0", frame("comment", 9, 7)))
add("gif/loop", gif("loop", b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0", frame("loop", 9, 7)))
add("gif/no-end", gif("no-end", frame("no-end", 9, 7), end=b""))
add("gif/junk-after", gif("junk", frame("junk", 9, 7), end=b"junk"))
add("gif/no-picture", gif("empty"))
two = gif("cut", frame("cut0", 9, 7), frame("cut1", 12, 7, own=True))
add("gif/second-cut", two[:-10])
add("gif/head-cut", two[:40])
buffer = io.BytesIO()
Image.fromarray(noise("gif/pillow", 256, 40, 30, 3)).quantize(64).save(buffer, "GIF")
add("gif/pillow", buffer.getvalue())


# Formats that Keras does not list.

def other(name, image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    data = buffer.getvalue()
    shown = Image.open(io.BytesIO(data))
    pixels = np.asarray(shown.convert("RGBA").convert("RGB") if shown.mode == "PA" else shown.convert("RGB"))
    others[name] = {
        "file": base64.b64encode(data).decode(), "height": pixels.shape[0], "width": pixels.shape[1],
        "pixels": base64.b64encode(pixels.tobytes()).decode()}


pillow_heif.register_heif_opener()
y, x = np.mgrid[0:20, 0:28]
slope = Image.fromarray(np.stack([x * 9, y * 12, (x + y) * 5], -1).astype(np.uint8))
alpha = Image.merge("RGBA", [*slope.split(), Image.fromarray((x * 9).astype(np.uint8))])
turned = Image.Exif()
turned[274] = 6
other("webp/lossy", slope, "WEBP", quality=80)
other("webp/lossless", slope, "WEBP", lossless=True)
other("webp/alpha", alpha, "WEBP", lossless=True, exact=True)
other("webp/turned", slope, "WEBP", lossless=True, exif=turned)
for compression in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg"):
    other(f"tiff/{compression}", slope, "TIFF", compression=compression)
other("tiff/grey", slope.convert("L"), "TIFF")
other("tiff/black-and-white", slope.convert("1"), "TIFF", compression="group4")
other("tiff/palette", slope.quantize(16), "TIFF")
other("tiff/turned", slope, "TIFF", exif=turned)
other("avif/444", slope, "AVIF", quality=90, subsampling="4:4:4")
other("avif/420", slope, "AVIF", quality=90)
other("heic/420", slope, "HEIF", quality=90)
buffer = io.BytesIO()
slope.save(buffer, "WEBP", save_all=True, append_images=[slope.rotate(180)], duration=100)
animation = base64.b64encode(buffer.getvalue()).decode()

save_json("formats", {"tensorflow": tensorflow, "others": others, "animation": animation})
