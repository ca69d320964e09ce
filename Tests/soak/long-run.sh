#!/bin/sh
# A long run with the screen up. BATCHES: how many (default 100000, which takes 20 minutes and more).
set -eu
cd "$(dirname "$0")/../.."
. Tests/soak/common.sh
python3 Tests/soak/long-run.py "$program" "$(photos)" "${BATCHES:-100000}"
