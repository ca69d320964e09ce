"""Feeds a program's recorded output to pyte, a terminal that this project did not write.

Standard input: one JSON object a line, in order:
    {"bytes": "<base64>"}             what the program wrote
    {"resize": [columns, rows]}       the window changed
    {"mark": "name"}                  remember the screen
The first line must be a resize. Standard output: one JSON object a mark:
    {"mark", "lines", "colors", "modes", "cursor_visible"}
`colors` has one run a row and style: [row, column, count, foreground, background, attributes].

pyte 0.8 lacks two things that terminfo's entries use, and gets them here as ECMA-48 and ITU T.416 define them: REP (CSI
b) and colours with colons (38:2::r:g:b). Strings for devices and applications (DCS, APC) it would write out; they are
taken away.
"""

import base64
import json
import re
import sys

import pyte


class Screen(pyte.Screen):
    last = " "

    def draw(self, data):
        super().draw(data)
        if data:
            self.last = data[-1]

    def repeat(self, count=1):
        super().draw(self.last * (count or 1))

    def set_margins(self, *args, **kwargs):
        # CSI ? r restores a private mode in xterm; it is not DECSTBM.
        if not kwargs.pop("private", False):
            super().set_margins(*args, **kwargs)


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "b": "repeat"}
    events = pyte.ByteStream.events | {"repeat"}


DIRECT = re.compile(rb"([34]8):2::(\d+):(\d+):(\d+)")
STRING = re.compile(rb"\x1b[P_][^\x1b]*\x1b\\")
SEQUENCE = re.compile(rb"\x1b\[[0-9:;<=>?]*$|\x1b$|\x1b[()]$|\x1b[P_][^\x1b]*\x1b?$")


def snapshot(name, screen):
    rows = []
    runs = []
    for row in range(screen.lines):
        line = screen.buffer[row]
        # pyte leaves the right half of a wide character empty; NUL keeps one character per column.
        rows.append("".join(line[column].data or "\0" for column in range(screen.columns)))
        for column in range(screen.columns):
            cell = line[column]
            flags = "".join(
                letter
                for letter, on in zip("biur", (cell.bold, cell.italics, cell.underscore, cell.reverse))
                if on
            )
            style = [cell.fg, cell.bg, flags]
            if runs and runs[-1][0] == row and runs[-1][3:] == style:
                runs[-1][2] += 1
            else:
                runs.append([row, column, 1, *style])
    return {
        "mark": name,
        "lines": rows,
        "colors": runs,
        # Private modes are stored shifted by five bits.
        "modes": sorted(mode >> 5 for mode in screen.mode if mode > 31),
        "cursor_visible": not screen.cursor.hidden,
    }


def main():
    screen = stream = None
    rest = b""
    for line in sys.stdin:
        event = json.loads(line)
        if "resize" in event:
            columns, rows = event["resize"]
            if screen is None:
                screen = Screen(columns, rows)
                stream = Stream(screen)
            else:
                screen.resize(rows, columns)
        elif "bytes" in event:
            data = STRING.sub(b"", rest + base64.b64decode(event["bytes"]))
            # The recorded chunks may end in the middle of a sequence.
            cut = SEQUENCE.search(data)
            rest = data[cut.start():] if cut else b""
            data = data[: cut.start()] if cut else data
            stream.feed(DIRECT.sub(rb"\1;2;\2;\3;\4", data))
        elif "mark" in event:
            print(json.dumps(snapshot(event["mark"], screen)), flush=True)


if __name__ == "__main__":
    main()
