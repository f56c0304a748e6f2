#!/bin/sh
# Only where a wheel is missing for this Python: the headers that its source needs.
set -eu
if command -v apt-get >/dev/null; then
    sudo=""
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get update -qq
    $sudo apt-get install -y -qq g++ python3-dev libleveldb-dev pkg-config libffi-dev
elif command -v brew >/dev/null; then
    brew install leveldb
else
    echo "Install a C++ compiler and LevelDB's headers, or use Python 3.11 or 3.12, then run make again." >&2
    exit 1
fi
