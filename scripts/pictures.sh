#!/bin/sh
# Trains two short runs in a temporary home and draws the README's and the docs' pictures from them:
# scripts/pictures.sh PROGRAM [PHOTO FOLDER]. No picture shows a photo.
set -eu
program=$1
data=${2:-}
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
train() { "$program" train ${data:+--data "$data"} --home "$home" "$@" >/dev/null; }
draw() { out=$1; shift; "$program" render "$@" --home "$home" --format svg > "docs/pictures/$out.svg"; }

mkdir -p docs/pictures
train --seed 1 --learning-rate 3e-4
train --seed 42 --schedule cosine
draw run train --run 2 --size 110x32 --animate 20 --keys 4v --keys 3 --keys 1
draw train train --run 2 --size 120x36
draw four train --run 2 --layout four --size 120x36
draw loss train --run 2 --ghost 1 --open loss --size 120x30 --theme midnight
draw confusion predictions --run 2 --size 110x30 --keys v
draw calibration predictions --run 2 --size 110x30 --keys vv
draw model model --run 2 --size 110x30
draw zh-Hans train --run 2 --lang zh-Hans --size 120x36 --theme light
