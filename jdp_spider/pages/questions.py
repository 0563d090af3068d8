"""The words of questions about the session, in dialogs of JavaScript and in layers over the page.

They are regular expressions that Python and JavaScript read alike, without regard to case.
"""

from __future__ import annotations

import json

ABOUT_END = r"session|(?:log(?:ged)?|sign(?:ed)?) ?(?:out|off|in)\b|inactiv|(?:timed?|timing) ?out"
ABOUT_ANOTHER = (
    r"\b(?:an)?other (?:session|user|device|computer|browser)|existing session|elsewhere"
)
ACTIVE_SESSION = (
    r"(?:active|another|other|existing|open|previous|concurrent) session"
    r"|already (?:logged|signed)|(?:logged|signed) in (?:on|at|from|elsewhere)"
    r"|concurrent (?:user|login|connection)|session is (?:currently )?in use"
    r"|(?:account|user(?: name| id)?|login|profile) is (?:currently |already )?"
    r"(?:in use|being used)"
    r"|using (?:this|your) (?:account|login|user)"
)
"""What a site says of a login while the account is logged in somewhere else."""
ASKS_TO_STAY = r"\b(?:continue|stay|extend|remain|keep|renew|still)\b"
ASKS_TO_LEAVE = (
    r"\b(?:ok|okay|yes|want|wish|like|sure|continue|confirm)\b\W*to"
    r" (?:log|sign|end|exit|leave|quit)|\bif you (?:continue|stay)\b"
)

QUESTIONS = json.dumps(
    {
        "aboutEnd": ABOUT_END,
        "aboutAnother": ABOUT_ANOTHER,
        "asksToStay": ASKS_TO_STAY,
        "asksToLeave": ASKS_TO_LEAVE,
    }
)
"""The same for a function in a .js file."""
