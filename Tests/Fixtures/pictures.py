"""What independent programs make of our pictures: usage pictures.py PROGRAM.

Writes a small picture, has PROGRAM (flowers-tui) encode it as sixel and kitty graphics, decodes both – sixel by libsixel's
sixel2png (1.10.3), kitty by the protocol's text with the diacritics taken from Unicode's data by Perl – and keeps the
encodings beside what they decode to. Also the least squared errors that any choice of glyphs and colours can reach, by
trying all of them. Needs numpy and pillow in the versions of requirements.txt."""
import base64
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / "pictures"
WIDTH, HEIGHT = 40, 80


def blots():
    """Slopes, rings and an edge in whole numbers, so that the tests make the same."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    rings = ((x - 20) ** 2 + (y - 30) ** 2) // 3 % 256
    edge = np.where(x * 2 > y, 200, 40)
    return np.stack([x * 255 // (WIDTH - 1), (y * 255 // (HEIGHT - 1) + edge) // 2, rings], -1).astype(np.uint8)


def divisions(rows, columns):
    """Every way to divide a cell of 8×16 pixels along a grid, as the front's pixels."""
    regions = [(a, b, c, d) for a, b in zip(rows, rows[1:]) for c, d in zip(columns, columns[1:])]
    for mask in range(1 << len(regions)):
        front = np.zeros((16, 8))
        for bit, (a, b, c, d) in enumerate(regions):
            if mask >> bit & 1:
                front[a:b, c:d] = 1
        yield front.ravel()


def limits(picture):
    """Mean squared error of the best two colours in the best division, by set of symbols."""
    cells = picture.reshape(HEIGHT // 16, 16, WIDTH // 8, 8, 3).transpose(0, 2, 1, 3, 4).reshape(-1, 128, 3).astype(float)
    sets = {
        "half": list(divisions([0, 8, 16], [0, 8])),
        "quadrant": list(divisions([0, 8, 16], [0, 4, 8])),
        "sextant": list(divisions([0, 5, 11, 16], [0, 4, 8])),
        "octant": list(divisions([0, 4, 8, 12, 16], [0, 4, 8])),
    }
    eighths = list(divisions(range(0, 17, 2), [0, 8])) + list(divisions([0, 16], range(9)))
    # Unicode has glyphs only for the eighths that start at the bottom or at the left.
    eighths = [e for e in eighths if (np.diff(e.reshape(16, 8), axis=0) >= 0).all() and (np.diff(e.reshape(16, 8), axis=1) <= 0).all()]
    sets["all"] = sets["sextant"] + sets["octant"] + eighths
    result = {}
    for name, fronts in sets.items():
        fronts = np.array(fronts)
        count = fronts.sum(1)
        front = np.einsum("mp,cpk->cmk", fronts, cells)
        back = cells.sum(1)[:, None] - front
        kept = (front**2).sum(-1) / np.maximum(count, 1) + (back**2).sum(-1) / np.maximum(128 - count, 1)
        result[name] = ((cells**2).sum() - kept.max(1).sum()) / cells.size
    return result


def encode(program, protocol, *options):
    command = [program, "image", FOLDER / "blots.png", "--cells", "4x4", "--protocol", protocol, *options]
    return subprocess.run(command, check=True, capture_output=True).stdout


def decoded_sixel(data):
    with tempfile.TemporaryDirectory() as folder:
        six, png = pathlib.Path(folder, "a.six"), pathlib.Path(folder, "a.png")
        six.write_bytes(data)
        subprocess.run(["sixel2png", "-i", six, "-o", png], check=True)
        return np.asarray(Image.open(png).convert("RGB"))


def diacritics():
    rule = r"next if $_ >= 0xd800 && $_ < 0xe000; my $c = chr; print sprintf('%x ', $_) if " \
        r"$c =~ /\p{Present_In: 6.0}/ && $c =~ /\p{Gc=Mn}/ && $c =~ /\p{Ccc=230}/ && $c =~ /\p{Bc=NSM}/ && $c =~ /\p{Dt=None}/"
    found = subprocess.run(["perl", "-e", f"for (0..0x1ffff) {{ {rule} }}"], check=True, capture_output=True, text=True).stdout
    fused = "300 301 302 303 304 306 307 308 309 30a 30b 30c 30f 311 313 314 342 653 654".split()
    return [int(code, 16) for code in found.split() if code not in fused]


def decoded_kitty(data):
    """The picture that was sent, its number, and the part of it that each cell shows."""
    text = data.decode()
    payload, keys = "", {}
    for head, body in re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text):
        keys = keys or dict(pair.split("=") for pair in head.split(","))
        assert len(body) <= 4096 and ("m=1" in head or body)
        payload += body
    assert (keys["a"], keys["U"], keys["f"]) == ("T", "1", "24")
    pixels = np.frombuffer(base64.b64decode(payload), np.uint8).reshape(int(keys["v"]), int(keys["s"]), 3)
    table = {chr(code): index for index, code in enumerate(diacritics())}
    rest = re.sub(r"\x1b_G[^\x1b]*\x1b\\", "", text).rstrip("\n")
    colors = {tuple(map(int, c)) for c in re.findall(r"38;2;(\d+);(\d+);(\d+)", rest)}
    ((r, g, b),) = colors
    assert int(keys["i"]) == r << 16 | g << 8 | b
    lines = re.sub(r"\x1b\[[0-9;]*m", "", rest).split("\n")
    cells = [[[table[line[i + 1]], table[line[i + 2]]] for i in range(0, len(line), 3) if line[i] == "\U0010eeee"] for line in lines]
    assert (len(cells), len(cells[0])) == (int(keys["r"]), int(keys["c"]))
    return pixels, int(keys["i"]), cells


def main(program):
    FOLDER.mkdir(exist_ok=True)
    picture = blots()
    Image.fromarray(picture).save(FOLDER / "blots.png")
    result = {"limits": limits(picture), "diacritics": diacritics()}
    for name, options in [("blots", []), ("blots-16", ["--colors", "16"])]:
        data = encode(program, "sixel", *options)
        (FOLDER / f"{name}.six").write_bytes(data)
        pixels = decoded_sixel(data)
        assert pixels.shape == picture.shape
        error = ((pixels.astype(float) - picture) ** 2).mean()
        print(f"{name}: {len(data)} bytes, {len(np.unique(pixels.reshape(-1, 3), axis=0))} colours, {10 * np.log10(255**2 / error):.2f} dB")
        result[name] = base64.b64encode(pixels.tobytes()).decode()
    data = encode(program, "kitty")
    (FOLDER / "blots.kitty").write_bytes(data)
    pixels, number, cells = decoded_kitty(data)
    assert (pixels == picture).all()
    assert cells == [[[row, column] for column in range(4)] for row in range(4)]
    result["kitty_number"] = number
    (HERE / "pictures.json").write_text(json.dumps(result) + "\n")


main(sys.argv[1])
