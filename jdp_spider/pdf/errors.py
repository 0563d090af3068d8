"""Why bytes must not be saved under a vehicle's name."""

from __future__ import annotations

FINAL = frozenset({"too_heavy", "zip_locked"})
"""Reasons after which a report is not asked for again in the same run: reading it holds up all, or
the same would come."""
OF_ANOTHER = frozenset({"other_reference", "other_vin"})
"""Reasons which say that the report is another vehicle's."""
NO_PDF = frozenset({"empty", "html_page", "login_page", "not_a_pdf"})
"""Reasons which say that something else came than a report."""
UNREADABLE_TEXT = frozenset({"no_text", "unreadable_text"})
"""Reasons which say that the bookout may well be right, but cannot be checked."""
OTHERWISE = frozenset({"cut", "names_others", "names_no_vehicle", "unreadable", "zip_unclear"})
REASONS = FINAL | NO_PDF | UNREADABLE_TEXT | OF_ANOTHER | OTHERWISE
"""Why bytes are refused. The page says vin_missing, too: it knows whether it takes a VIN."""


class BookoutRejected(Exception):
    """These bytes must not be saved under the vehicle's name; raised by `verify_bookout`.

    `reason` is one of REASONS. The message is ASCII and names what was found.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)
        self.reason = reason
        self.text = ""
        """What the report says, where it could be read: it may name another vehicle at work."""
        self.said = ""
        """What came instead of a report says of it; its first words end the message."""
        self.sha256 = ""
        """Of what was refused, where the page tells."""

    @property
    def message(self) -> str:
        """Return the message without what was said."""
        return str(self.args[1])

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two refusals the same."""
        return self.reason, self.sha256

    def is_repeated(self, before: tuple[str, str] | None) -> bool:
        """Return whether a second try has brought the very same PDF: to ask again is useless.

        `before` is the last refusal's identity, if any. An empty answer, a web page or an error in
        a PDF may well be the same twice, and still says nothing about the report that comes next;
        nor does another vehicle's report, which the site may give for some seconds.
        """
        may_pass = self.reason in NO_PDF | OF_ANOTHER | {"names_no_vehicle"}
        return not may_pass and self.sha256 != "" and self.identity == before

    def __str__(self) -> str:
        if not self.said:
            return self.message
        # Not above: the process that reads PDFs does without it.
        from jdp_spider.utils.redaction import as_quoted

        return self.message + as_quoted(self.said)
