"""Runs the examples of docs/python.md as they stand there: python_page.py PROGRAM FOLDER

PROGRAM trains a short run on the demo's photos, in a home of its own below FOLDER.
Called by Tests/interop.sh.
"""
import os
import pathlib
import re
import subprocess
import sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow")
program, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
cache = os.environ.get("FLOWERS_TUI_CACHE", os.path.expanduser("~/.cache/flowers-tui"))
os.makedirs(folder)
# The page's paths are below ~.
os.environ.update(HOME=folder, FLOWERS_TUI_CACHE=cache)
for name in ("FLOWERS_TUI_HOME", "XDG_DATA_HOME"):
    os.environ.pop(name, None)
os.chdir(folder)
call = [program, "train", "--demo", "--epochs", "2", "--fine-tune-epochs", "0", "--image-size", "96"]
subprocess.run(call, check=True, capture_output=True)
subprocess.run([program, "runs", "export", "1", "--format", "keras", "-o", "model.keras"], check=True, capture_output=True)

page = (pathlib.Path(__file__).parent.parent.parent / "docs" / "python.md").read_text()
examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
assert len(examples) == 8, len(examples)
names = {}
for example in examples:
    try:
        exec(example, names)
    except Exception:
        print(example, file=sys.stderr)
        raise
    print(f"ok  {example.strip().splitlines()[-1]}")

# What they found is what the run recorded.
assert list(names["runs"].id) == ["0001"] and len(names["epochs"]) == 2
ends = names["events"][names["events"].event == "epoch_ended"]
assert list(names["epochs"].validation_accuracy) == list(ends.validation_accuracy)
assert names["best"]["0001"] == ends.validation_accuracy.max()
assert len(names["losses"]) > 2 and names["losses"].notna().all()
assert names["settings"]["image_size"] == 96
assert names["kernel"].shape == (3, 3, 3, 32) and (names["kernel"] == names["kernel_by_hand"]).all()
assert abs(names["accuracy"] - ends.validation_accuracy.iloc[0]) < 1e-6
assert names["model"].input_shape[1:] == (96, 96, 3)
