#!/bin/sh
# Sets the program up and opens what there is to see.
# "./Start here.sh" --desktop puts it into the menu of a Linux desktop.

# The folder of this file, also if it was started by a link on the desktop.
file=$(readlink -f -- "$0" 2>/dev/null) || file=$0
here=$(CDPATH='' cd -- "$(dirname -- "$file")" && pwd)

keep_open() {
    # Who gives commands has a window that stays.
    if [ "$arguments" = 0 ] && [ -t 0 ]; then
        printf '\nPress Enter to close this window.'
        read -r _
    fi
    exit "$1"
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

# The newest Python may be newer than those that the packages are made for.
is_suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

# Finds one that the given test accepts.
find_python() {
    for each in python3 python3.14 python3.13 python3.12 python3.11 python3.10 \
        /usr/local/bin/python3 /opt/homebrew/bin/python3 python; do
        path=$(command -v "$each") || continue
        # Apple's own only asks to install developer tools, unless these are there.
        if [ "$path" = /usr/bin/python3 ] && [ "$(uname)" = Darwin ]; then
            xcode-select -p >/dev/null 2>&1 || continue
        fi
        found=$path
        if "$1" "$path"; then
            python=$path
            return 0
        fi
    done
    return 1
}

arguments=$#
if [ ! -f "$here/bootstrap.py" ]; then
    echo 'bootstrap.py is missing: unpack the whole ZIP file, and start this in the folder that it makes.'
    keep_open 2
fi

found=
if ! find_python is_suitable && ! find_python is_new_enough; then
    if [ -n "$found" ]; then
        echo "$found is too old: the program needs Python 3.10 or newer."
    else
        echo 'Python is not installed. The program needs Python 3.10 or newer.'
    fi
    if [ "$(uname)" = Darwin ]; then
        echo 'Get Python 3.14 from https://www.python.org/downloads/'
    elif command -v apt-get >/dev/null; then
        echo 'Run: sudo apt-get update && sudo apt-get install -y python3 python3-venv'
    else
        echo "Install it with your system's packages, for example: sudo dnf install python3"
    fi
    echo 'Then start this again.'
    keep_open 2
fi

if [ "${1-}" = --desktop ]; then
    shift
    set -- desktop "$@"
fi
"$python" "$here/bootstrap.py" "$@"
status=$?
# 130: somebody pressed Ctrl-C.
case $status in
0 | 130) exit $status ;;
*) keep_open $status ;;
esac
