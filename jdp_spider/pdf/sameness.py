"""What of a bookout's text lasts: the same bookout, made again a minute later, says it as well.

Taken out are times, the dates of its making, and the numbers that a site gives to each report.
Prices, mileages, and the dates that values are of, are left: they are what may be out of date.
"""

from __future__ import annotations

import re

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = (
    rf"(?:[0-9]{{1,4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{2,4}}"
    rf"|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}}|[0-9]{{1,2}}\.? {_MONTH},? [0-9]{{4}})"
)
_TIME = (
    r"(?:t|\b)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?: ?[ap]\.?m\b\.?)?"
    r"(?: ?(?:z|utc|gmt|[ecmp][sd]?t)\b)?(?: ?[+-][0-9]{2}:?[0-9]{2}\b)?"
)
_WEEKDAY = r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b,?"
# A date behind one of these says of when the values are.
_OF_VALUES = r"\b(?:as of|effective|valid|period|valuation|values?|updated|edition|book|prices?)\b"
_ID = (
    r"(?:report|document|doc|request|confirmation|transaction|print|job|serial|sequence|session|"
    r"ticket|tracking|control|order|copy)"
    r"(?: ?(?:id|no\b\.?|num(?:ber)?|nr\.?|#|code|identifier|key)){1,2}[ :#]*\n?"
    r"[a-z0-9-]*[0-9][a-z0-9-]*"
)
_PAGE = r"\bpage:? ?[0-9]+(?: ?(?:of|/) ?[0-9]+)?"
_GUID = r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b"
# Seconds or milliseconds since 1970, or a time without anything between its parts.
_STAMP = r"\b(?:1[5-9][0-9]{8}(?:[0-9]{3})?|20[0-9]{10,12}(?:[0-9]{3})?)\b"
# A number without a label: longer than any price or mileage, or with letters in front of it.
_LONG = r"(?<![\w$.,-])[0-9]{7,20}(?![\w.,%-])"
_CODE = (
    r"(?<![\w$.,-])(?!(?:usd|us|cad|eur|msrp|price|mi|km|miles)\b|(?:usd|us|cad|eur|msrp|mi|km)[0-9])"
    r"[a-z]{1,6}-?(?:[0-9]{2,8}-){0,2}[0-9]{5,20}(?![\w.,%])"
)
_NO_VALUE = re.compile("|".join((_GUID, _ID, _PAGE, _STAMP, _TIME, _WEEKDAY, _LONG, _CODE)))
_DATES = re.compile(rf"({_OF_VALUES}[^0-9\n]{{0,30}}\n?)?{_DATE}(?![0-9])")


def lasting(text: str) -> str:
    """Return what of a bookout's text would be the same if it were made again."""
    folded = "\n".join(" ".join(line.split()) for line in text.lower().split("\n"))
    dated = _DATES.sub(lambda found: found[0] if found[1] else "", folded)
    return " ".join(_NO_VALUE.sub("", dated).split())
