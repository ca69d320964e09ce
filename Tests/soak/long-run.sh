#!/bin/sh
# A long run with the dashboard open. BATCHES: how many (default 100000, which takes over 20
# minutes).
set -eu
cd "$(dirname "$0")/../.."
. Tests/soak/common.sh
python3 Tests/soak/long-run.py "$program" "$(photos)" "${BATCHES:-100000}"
