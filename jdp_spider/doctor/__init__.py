"""The checks of `scrapy doctor`: one after the other, before a first crawl or after a failed one.

`run.py` has the order. A check is a function of the doctor (`doctor.py`) that gives a finding
(`findings.py`), or raises what the pages raise.
"""
