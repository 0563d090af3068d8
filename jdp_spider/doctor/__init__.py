"""The checks of `scrapy doctor`, made in turn, before a first crawl or after a failed one.

`run.py` has the order. A check is a function of the context (`context.py`) that returns a finding
(`findings.py`), or raises the errors of the page functions.
"""
