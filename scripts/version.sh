#!/bin/sh
# Prints the version for a package: that of the program, and outside of a release the date and commit.
set -eu
cd "$(dirname "$0")/.."
number=$(sed -n 's/.*static let number = "\(.*\)"/\1/p' Sources/flowers-tui/Version.swift)
if git describe --exact-match --tags --match 'v[0-9]*' >/dev/null 2>&1 || ! git rev-parse --short HEAD >/dev/null 2>&1; then
    echo "$number"
else
    echo "$number+git$(git log -1 --format=%cd --date=format:%Y%m%d).$(git rev-parse --short HEAD)"
fi
