#!/bin/sh
# For a double click on macOS: sets the program up and opens what there is to see.
exec sh "$(dirname -- "$0")/Start here.sh" "$@"
