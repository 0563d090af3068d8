"""JavaScript for pages of the browser: each file is one function, as an expression.

Functions that take others are called with them in the text that goes to the page: a page's content
security policy may forbid it to evaluate any text there.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def load_js(path: str, *arguments: str) -> str:
    """Return the text of a file by its path in the package, such as "pages/js/rows.js".

    With `arguments`, which are expressions, return the call of its function with them.
    """
    function = _text(path)
    return f"({function})({', '.join(arguments)})" if arguments else function


@cache
def _text(path: str) -> str:
    """Return a file's text, read once: the system may let no file be opened later."""
    # The package may be in an egg.
    return files("jdp_spider").joinpath(path).read_text(encoding="utf-8").strip()
