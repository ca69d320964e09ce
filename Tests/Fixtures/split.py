"""The order and split of keras.utils.image_dataset_from_directory, and NumPy's legacy shuffle."""
import pathlib
import tempfile
import zlib

import fixture
import numpy as np
from keras import utils
from keras.src.utils import dataset_utils

# Names that a locale-aware, case-insensitive or numeric sort would put in the wrong order.
TREE = {
    "Tulips": ["10.jpg", "2.jpg", "1.JPG", "B.jpeg", "a.png", "_x.jpg", "Z 1.jpg"],
    "daisy": [
        "100.jpg", "20.jpg", "3.jpg", "A10.jpg", "a2.jpg", "a-1.jpg", "a.1.jpg", "a_1.jpg",
        "a1.JPEG", "b.Png", "more/0.jpg", "é.jpg",
    ],
    "roses": ["r.jpg", "R.jpg", "r1.jpg", "r10.jpg", "r2.jpg"],
}
IGNORED = ["readme.txt", "daisy/notes.txt", "daisy/4.jpg.txt", "daisy/jpg", ".hidden/1.jpg", "stray.jpg"]

FORMATS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def split(root, seed, fraction):
    paths, labels, classes = dataset_utils.index_directory(
        root, "inferred", FORMATS, shuffle=True, seed=seed, verbose=False)
    rows = []
    for subset in ("training", "validation"):
        files, numbers = dataset_utils.get_training_or_validation_split(paths, labels, fraction, subset)
        dataset = utils.image_dataset_from_directory(
            root, validation_split=fraction, subset=subset, seed=seed, verbose=False)
        assert dataset.file_paths == files and dataset.class_names == classes
        rows += [
            {"file": str(pathlib.Path(f).relative_to(root)), "label": int(n), "subset": subset}
            for f, n in zip(files, numbers)
        ]
    return classes, rows


def shuffled(seed, count):
    values = np.arange(count)
    np.random.RandomState(seed).shuffle(values)
    result = {
        "seed": seed, "count": count, "first": values[:10].tolist(), "last": values[-10:].tolist(),
        "crc32": zlib.crc32(values.astype("<i4").tobytes()),
    }
    if count <= 10:
        result = {"seed": seed, "count": count, "all": values.tolist(), "crc32": result["crc32"]}
    return result


with tempfile.TemporaryDirectory() as root:
    files = [f"{c}/{f}" for c, names in TREE.items() for f in names]
    for name in files + IGNORED:
        path = pathlib.Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    cases = []
    for seed, fraction in ((42, 0.2), (7, 0.2), (1, 0.35)):
        classes, rows = split(root, seed, fraction)
        cases.append({"seed": seed, "validation_split": fraction, "photos": rows})

fixture.save_json("split", {
    "files": files,
    "ignored": IGNORED,
    "classes": classes,
    "splits": cases,
    "shuffles": [shuffled(s, n) for s in (42, 1, 7) for n in (2, 10, 1400, 3670)],
})
