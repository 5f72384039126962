#!/bin/sh
# `make bench`; all options of run.py may follow.
exec /usr/bin/python3 "$(dirname "$0")/run.py" "$@"
