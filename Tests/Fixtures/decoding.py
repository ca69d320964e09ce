"""Small pictures of every kind that PNG and JPEG allow, and what TensorFlow decodes from them.

`tf.io.decode_image(…, channels=3, expand_animations=False)` is what Keras'
`image_dataset_from_directory` reads photos with. Writes decoding.json: for each picture its bytes in
base64 and the shape and CRC-32 of its pixels, or null where TensorFlow refuses it.

Versions: requirements.txt.
"""
import io
import itertools
import struct
import zlib

from fixture import hash_values, save_json, tensorflow_picture
import numpy as np
from PIL import Image
import tensorflow as tf

pictures = {}


def add(name, data):
    assert name not in pictures, name
    pictures[name] = tensorflow_picture(data)


# PNG (W3C, "Portable Network Graphics Specification", third edition)

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
NAMES = {GREY: "grey", RGB: "rgb", PALETTE: "palette", GREY_ALPHA: "grey-alpha", RGB_ALPHA: "rgba"}
DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGB_ALPHA: (8, 16)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def noise(name, low, high, *shape):
    values = (hash_values(name, int(np.prod(shape))) + 1) / 2
    return (low + np.floor(values * (high - low))).astype(np.int64).reshape(shape)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(samples, depth, filters):
    """Rows of `samples`, height × width × channels, each with its filter type: 0 to 4."""
    height = samples.shape[0]
    rows = samples.reshape(height, -1)
    if depth == 16:
        rows = np.stack([rows >> 8, rows & 255], -1).reshape(height, -1)
    elif depth < 8:
        bits = (rows[..., None] >> np.arange(depth)[::-1]) & 1
        rows = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    rows = rows.astype(np.int64)
    step = max(1, samples.shape[2] * depth // 8)
    result, above = b"", np.zeros_like(rows[0])
    for y, row in enumerate(rows):
        left = np.concatenate([np.zeros(step, int), row[:-step]])
        corner = np.concatenate([np.zeros(step, int), above[:-step]])
        kind = filters[y % len(filters)]
        guess = left + above - corner
        a, b, c = abs(guess - left), abs(guess - above), abs(guess - corner)
        paeth = np.where((a <= b) & (a <= c), left, np.where(b <= c, above, corner))
        less = (0, left, above, (left + above) // 2, paeth)[kind]
        result += bytes([kind]) + ((row - less) & 255).astype(np.uint8).tobytes()
        above = row
    return result


def png(name, kind, depth, width=9, height=7, before=b"", after_palette=b"", after=b"", interlaced=False,
        filters=(0, 1, 2, 3, 4)):
    samples = noise(name, 0, 1 << depth, height, width, CHANNELS[kind])
    raw = b""
    if interlaced:
        for x, y, across, down in ADAM7:
            part = samples[y::down, x::across]
            if part.size:
                raw += packed(part, depth, filters)
    else:
        raw = packed(samples, depth, filters)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    palette = b""
    if kind == PALETTE:
        palette = chunk(b"PLTE", noise(name + "/palette", 0, 256, 3 << depth).astype(np.uint8).tobytes())
    return (SIGNATURE + chunk(b"IHDR", header) + before + palette + after_palette
            + chunk(b"IDAT", zlib.compress(raw, 9)) + after + chunk(b"IEND", b""))


def transparency(kind, depth):
    """A tRNS chunk; kinds with alpha must not have one."""
    top = (1 << depth) - 1
    if kind == GREY:
        return chunk(b"tRNS", struct.pack(">H", top // 2))
    if kind == RGB:
        return chunk(b"tRNS", struct.pack(">HHH", top // 2, top // 3, top // 4))
    return chunk(b"tRNS", bytes(range(0, 256, 255 // ((1 << min(depth, 4)) - 1)))[: 1 << depth])


def gamma(value):
    return chunk(b"gAMA", struct.pack(">I", value))


CHROMATICITIES = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
WIDE = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 73470, 26530, 27380, 71740, 16660, 8890))
SRGB = chunk(b"sRGB", b"\0")


def profile(grey):
    """A minimal ICC profile: a header of 128 bytes and no tags."""
    header = bytearray(132)
    struct.pack_into(">I4sI4s4s4s", header, 0, 132, b"test", 0x02400000, b"mntr", b"GRAY" if grey else b"RGB ", b"XYZ ")
    header[36:40] = b"acsp"
    struct.pack_into(">III", header, 68, 0xF6D6, 0x10000, 0xD32D)
    return chunk(b"iCCP", b"test\0\0" + zlib.compress(bytes(header)))


for kind in CHANNELS:
    for depth in DEPTHS[kind]:
        title = f"{NAMES[kind]}-{depth}"
        for interlaced, (width, height) in itertools.product((False, True), ((9, 7), (1, 1), (3, 17))):
            name = f"png/{title}/{width}x{height}{'-interlaced' if interlaced else ''}"
            add(name, png(name, kind, depth, width, height, interlaced=interlaced))
        bits = {GREY: 1, RGB: 3, PALETTE: 3, GREY_ALPHA: 2, RGB_ALPHA: 4}[kind]
        colours = {
            "gamma-45455": gamma(45455), "gamma-55556": gamma(55556), "gamma-100000": gamma(100000),
            "gamma-200000": gamma(200000), "gamma-0": gamma(0), "srgb": SRGB,
            "srgb-and-gamma": SRGB + gamma(45455), "gamma-against-srgb": gamma(100000) + SRGB,
            "chromaticities": CHROMATICITIES + gamma(45455), "wide-gamut": WIDE + gamma(45455),
            "profile": profile(kind in (GREY, GREY_ALPHA)),
            "significant-bits": chunk(b"sBIT", bytes([min(depth, 5)]) * bits),
        }
        for title_of, extra in colours.items():
            name = f"png/{title}/{title_of}"
            add(name, png(name, kind, depth, before=extra))
        later = {"background": chunk(b"bKGD", {GREY: b"\0\1", GREY_ALPHA: b"\0\1", PALETTE: b"\1"}.get(kind, b"\0\1\0\1\0\1"))}
        if kind in (GREY, RGB, PALETTE):
            later["transparent"] = transparency(kind, depth)
            later["transparent-with-gamma"] = transparency(kind, depth)
        for title_of, extra in later.items():
            for interlaced in (False, True):
                name = f"png/{title}/{title_of}{'-interlaced' if interlaced else ''}"
                before = gamma(55556) if title_of.endswith("gamma") else b""
                add(name, png(name, kind, depth, before=before, after_palette=extra, interlaced=interlaced))

EXIF = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
add("png/exif-orientation", png("exif", RGB, 8, before=chunk(b"eXIf", EXIF)))
add("png/animated", png("animated", RGB, 8, before=chunk(b"acTL", struct.pack(">II", 1, 0))))
add("png/text", png("text", RGB, 8, before=chunk(b"tEXt", b"Comment\0flower"), after=chunk(b"tIME", bytes(7))))
whole = png("damage", RGB, 8)
add("png/wrong-checksum-of-gamma", whole[:33] + gamma(55556)[:-1] + b"\0" + whole[33:])
add("png/wrong-checksum-of-pixels", whole[:-13] + b"\0" + whole[-12:])
add("png/without-end", whole[:-12])
add("png/bytes-after-end", whole + b"trailing bytes")
add("png/unknown-critical-chunk", whole[:33] + chunk(b"FLWR", b"") + whole[33:])
add("png/chunk-after-pixels", png("after", RGB, 8, after=chunk(b"tEXt", b"Comment\0late")))
for kind, depth in ((RGB, 4), (PALETTE, 16), (GREY, 3), (5, 8)):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 7, depth, kind, 0, 0, 0))
    add(f"png/impossible-{kind}-{depth}", SIGNATURE + header + whole[33:])


# JPEG (ITU-T T.81)

ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8 if (i // 8 + i % 8) % 2 else i % 8)))
# Annex K: tables 3 to 6.
DC = (bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]), bytes(range(12)))
AC = (bytes([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125]), bytes.fromhex(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a"
    "3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a929394"
    "95969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8"
    "e9eaf1f2f3f4f5f6f7f8f9fa"))


def codes(table):
    counts, values = table
    code, result, i = 0, {}, 0
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            result[values[i]] = (code, length)
            code, i = code + 1, i + 1
        code <<= 1
    return result


DC_CODES, AC_CODES = codes(DC), codes(AC)
BASIS = np.array([[np.sqrt((1 if u else 0.5) / 4) * np.cos((2 * x + 1) * u * np.pi / 16) for x in range(8)] for u in range(8)])


class Bits:
    def __init__(self):
        self.bits, self.count, self.data = 0, 0, bytearray()

    def put(self, value, length):
        self.bits, self.count = self.bits << length | value, self.count + length
        while self.count >= 8:
            self.count -= 8
            byte = self.bits >> self.count & 255
            self.data.append(byte)
            if byte == 255:
                self.data.append(0)
        self.bits &= (1 << self.count) - 1

    def flush(self):
        if self.count:
            self.put((1 << (8 - self.count)) - 1, 8 - self.count)


def segment(marker, data):
    return bytes([255, marker]) + struct.pack(">H", len(data) + 2) + data


def block(bits, levels, before):
    def size(value):
        return int(abs(value)).bit_length()

    def put(value):
        bits.put(int(value) if value > 0 else int(value) + (1 << size(value)) - 1, size(value))

    difference = int(levels[0]) - before
    bits.put(*DC_CODES[size(difference)])
    put(difference)
    run = 0
    last = max((i for i in range(64) if levels[i]), default=0)
    for level in levels[1 : last + 1]:
        if level == 0:
            run += 1
            continue
        while run > 15:
            bits.put(*AC_CODES[0xF0])
            run -= 16
        bits.put(*AC_CODES[run << 4 | size(level)])
        put(level)
        run = 0
    if last < 63:
        bits.put(*AC_CODES[0])
    return int(levels[0])


def smooth(name, width, height, channels):
    """A picture like a photo: waves, an edge and some noise."""
    y, x = np.mgrid[0:height, 0:width]
    phase = noise(name, 0, 628, channels) / 100
    waves = np.stack([np.sin(x / (3.1 + c) + phase[c]) + np.cos(y / (4.3 - c / 2) + phase[c]) for c in range(channels)], -1)
    waves[:, width // 2 :] *= -0.7
    return np.clip(128 + 60 * waves + noise(name + "/noise", -12, 13, height, width, channels), 0, 255)


def jpeg(name, width, height, factors, identifiers=None, adobe=None, jfif=False, restart=0, exif=b"", separate=False,
         precise=False, quality=12, extra=b""):
    """A baseline JPEG whose components, stored as they are, have the sampling `factors` (h, v)."""
    identifiers = identifiers or range(1, len(factors) + 1)
    planes = smooth(name, width, height, len(factors))
    widest, tallest = max(h for h, _ in factors), max(v for _, v in factors)
    steps = np.array([quality + (i // 8 + i % 8) * 3 for i in range(64)])
    across, down = -(-width // (8 * widest)), -(-height // (8 * tallest))
    blocks = []
    for c, (h, v) in enumerate(factors):
        rows = np.minimum(np.arange(down * 8 * v) * tallest // v, height - 1)
        columns = np.minimum(np.arange(across * 8 * h) * widest // h, width - 1)
        plane = planes[..., c][rows][:, columns] - 128
        tiles = plane.reshape(down * v, 8, across * h, 8).swapaxes(1, 2)
        levels = np.round((BASIS @ tiles @ BASIS.T).reshape(down * v, across * h, 64) / steps)
        blocks.append(levels[..., ZIGZAG].astype(int))
    data = b"\xff\xd8"
    if jfif:
        data += segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    if exif:
        data += segment(0xE1, b"Exif\0\0" + exif)
    if adobe is not None:
        data += segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([adobe]))
    data += extra
    table = steps[ZIGZAG].astype(">u2" if precise else "u1").tobytes()
    data += segment(0xDB, bytes([0x10 if precise else 0]) + table)
    data += segment(0xC1 if precise else 0xC0, struct.pack(">BHHB", 8, height, width, len(factors)) + b"".join(
        bytes([identifier, h << 4 | v, 0]) for identifier, (h, v) in zip(identifiers, factors)))
    data += segment(0xC4, b"\0" + DC[0] + DC[1]) + segment(0xC4, b"\x10" + AC[0] + AC[1])
    if restart:
        data += segment(0xDD, struct.pack(">H", restart))
    groups = [[c] for c in range(len(factors))] if separate or len(factors) == 1 else [list(range(len(factors)))]
    for group in groups:
        data += segment(0xDA, bytes([len(group)]) + b"".join(bytes([identifiers[c], 0]) for c in group) + b"\0\x3f\0")
        if len(group) == 1:
            # A scan of one component holds only the blocks that its pixels touch.
            h, v = factors[group[0]]
            wide, high = -(-width * h // (8 * widest)), -(-height * v // (8 * tallest))
            units = [[(group[0], y, x)] for y in range(high) for x in range(wide)]
        else:
            units = [[(c, y * factors[c][1] + j, x * factors[c][0] + i) for c in group
                      for j in range(factors[c][1]) for i in range(factors[c][0])]
                     for y in range(down) for x in range(across)]
        bits, before = Bits(), [0] * len(factors)
        for number, unit in enumerate(units):
            if restart and number and number % restart == 0:
                bits.flush()
                bits.data += bytes([255, 0xD0 + (number // restart - 1) % 8])
                before = [0] * len(factors)
            for c, y, x in unit:
                before[c] = block(bits, blocks[c][y, x], before[c])
        bits.flush()
        data += bytes(bits.data)
    return data + b"\xff\xd9"


SAMPLINGS = {
    "444": ((1, 1), (1, 1), (1, 1)), "422": ((2, 1), (1, 1), (1, 1)), "420": ((2, 2), (1, 1), (1, 1)),
    "440": ((1, 2), (1, 1), (1, 1)), "411": ((4, 1), (1, 1), (1, 1)), "441": ((1, 4), (1, 1), (1, 1)),
    "410": ((4, 2), (1, 1), (1, 1)), "444-by-twos": ((2, 2), (2, 2), (2, 2)), "422-by-twos": ((2, 2), (1, 2), (1, 2)),
    "uneven": ((2, 2), (2, 1), (1, 2)), "blue-full": ((2, 2), (2, 2), (1, 1)), "grey-small": ((1, 1), (2, 2), (2, 2)),
    "thirds": ((3, 1), (1, 1), (1, 1)),
}
for title, factors in SAMPLINGS.items():
    for width, height in ((37, 29), (16, 16), (1, 1), (2, 3), (17, 8)):
        name = f"jpeg/{title}/{width}x{height}"
        add(name, jpeg(name, width, height, factors, jfif=True))
for title in ("444", "422", "420", "440", "411"):
    for restart in (1, 3):
        add(f"jpeg/{title}/restart-{restart}", jpeg(title, 37, 29, SAMPLINGS[title], jfif=True, restart=restart))
    add(f"jpeg/{title}/separate-scans", jpeg(title, 37, 29, SAMPLINGS[title], separate=True, restart=2))
    add(f"jpeg/{title}/16-bit-tables", jpeg(title, 37, 29, SAMPLINGS[title], precise=True, quality=300))
    add(f"jpeg/{title}/coarse", jpeg(title, 37, 29, SAMPLINGS[title], quality=90))
    add(f"jpeg/{title}/fine", jpeg(title, 37, 29, SAMPLINGS[title], quality=1))
for title, options in {
    "plain": {}, "jfif": dict(jfif=True), "adobe-rgb": dict(adobe=0), "adobe-ycc": dict(adobe=1), "adobe-2": dict(adobe=2),
    "jfif-and-adobe-rgb": dict(jfif=True, adobe=0), "letters": dict(identifiers=b"RGB"), "letters-jfif": dict(identifiers=b"RGB", jfif=True),
    "letters-adobe-ycc": dict(identifiers=b"RGB", adobe=1), "from-zero": dict(identifiers=(0, 1, 2)), "odd-names": dict(identifiers=(7, 9, 200)),
}.items():
    for sampling in ("444", "420"):
        add(f"jpeg/colours/{title}-{sampling}", jpeg("colours", 21, 19, SAMPLINGS[sampling], **options))
for adobe in (None, 0, 1, 2):
    for title, factors in {"full": ((1, 1),) * 4, "sampled": ((2, 2), (1, 1), (1, 1), (2, 2))}.items():
        add(f"jpeg/four/{title}-adobe-{adobe}", jpeg("four", 21, 19, factors, adobe=adobe))
add("jpeg/four/letters", jpeg("four", 21, 19, ((1, 1),) * 4, identifiers=b"CMYK"))
for title, options in {"plain": {}, "adobe": dict(adobe=0), "restart": dict(restart=1)}.items():
    for width, height in ((37, 29), (1, 1)):
        add(f"jpeg/grey/{title}-{width}x{height}", jpeg("grey", width, height, ((1, 1),), **options))
add("jpeg/grey/by-twos", jpeg("grey", 37, 29, ((2, 2),)))
add("jpeg/two-components", jpeg("two", 21, 19, ((1, 1),) * 2))
for orientation in range(1, 9):
    exif = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0" + bytes([orientation]) + b"\0\0\0\0\0\0\0"
    add(f"jpeg/orientation/{orientation}", jpeg("orientation", 24, 16, SAMPLINGS["420"], exif=exif))
picture = Image.fromarray(smooth("pillow", 37, 29, 3).astype(np.uint8))
for mode, sampling in (("RGB", 0), ("RGB", 1), ("RGB", 2), ("L", 0), ("CMYK", 0)):
    for progressive in (False, True):
        out = io.BytesIO()
        picture.convert(mode).save(out, "JPEG", quality=80, subsampling=sampling, progressive=progressive, optimize=True)
        add(f"jpeg/pillow/{mode}-{sampling}{'-progressive' if progressive else ''}", out.getvalue())
for progressive in (False, True):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, keep_rgb=True, progressive=progressive)
    add(f"jpeg/pillow/kept-rgb{'-progressive' if progressive else ''}", out.getvalue())
whole = jpeg("damage", 37, 29, SAMPLINGS["420"], jfif=True, restart=2)
add("jpeg/damage/cut", whole[: len(whole) * 2 // 3])
add("jpeg/damage/without-end", whole[:-2])
add("jpeg/damage/bytes-after-end", whole + b"trailing bytes")
add("jpeg/damage/fill-bytes", whole[:2] + b"\xff\xff" + whole[2:])
add("jpeg/damage/stray-bytes", whole[:20] + b"\0\0" + whole[20:])
twelve = bytearray(whole)
twelve[whole.index(b"\xff\xc0") + 4] = 12
add("jpeg/damage/12-bits", bytes(twelve))

save_json("decoding", {"tensorflow": tf.__version__, "pictures": pictures})
