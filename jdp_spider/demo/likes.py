"""How other sites of this kind write their files, none of it a fault: `--like NAME`."""

from __future__ import annotations

PDFS = {
    "pdf-padded": "zeros after the PDF",
    "pdf-page-after": "an HTML page after the PDF",
    "pdf-prefix": "a line break before the PDF",
    "pdf-glued": "no line break before %%EOF",
    "pdf-words": "words after the reference",
    "pdf-stock-na": "'Stock #: N/A', and the reference as 'Reference #'",
    "pdf-apart": "letters apart",
    "pdf-case": "the reference in other case, with zeros",
    "pdf-cut-reference": "four characters of the reference",
}
CSVS = {
    "csv-formulas": '="001655", as for Excel',
    "csv-totals": "groups, a total and blank rows",
    "csv-title": "a title and `sep=,` before the header",
    "csv-padded": "zeros after the last row",
    "csv-mark": "a byte-order mark before the header",
}
LIKES = PDFS | CSVS
"""Every behaviour, by name, in a few words."""
