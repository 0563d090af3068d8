"""The rows of a table of HTML: what a grid of ASP.NET calls an export for Excel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp_spider.utils.csv_rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parsel import Selector

_ROWS = "./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr"
_MOST_SPANNED = 50


def is_html(text: str) -> bool:
    """Return whether the text begins as a page or an element does."""
    return text.lstrip()[:1] == "<"


def read_tables(text: str) -> Iterator[list[Row]]:
    """Yield the rows of each table that are not blank, with their numbers in it as lines.

    The last row is open where nothing ends the table: it may be cut.
    """
    # The page of the dashboard shall not load a parser.
    from parsel import Selector

    # A page that is cut has an open table to its end; a parser closes it without a word.
    lowered = text.lower()
    is_cut = lowered.rfind("</table") < lowered.rfind("<tr")
    for table in Selector(text=text, type="html").xpath("//table"):
        rows = [
            Row(number, cells, is_open=False)
            for number, tr in enumerate(table.xpath(_ROWS), start=1)
            if any(cells := list(_cells(tr)))
        ]
        if rows and is_cut:
            rows[-1] = rows[-1]._replace(is_open=True)
        yield rows


def _cells(row: Selector) -> Iterator[str]:
    """Yield the texts of a row's cells, and an empty one for each column more that one spans."""
    for cell in row.xpath("./td | ./th"):
        yield " ".join(cell.xpath("string()").get("").split())
        span = cell.attrib.get("colspan", "")
        spanned = int(span) if span.isdecimal() else 1
        yield from [""] * (min(spanned, _MOST_SPANNED) - 1)
