"""The project's own Scrapy signals: who sends each one, and with what.

All are sent in the crawl's loop. A receiver that works in the browser's loop, which is another
one on Windows, takes counters and immutable values only.
"""

from __future__ import annotations

logged_in = object()
"""Sent by Session, without arguments, when the first login of the run has succeeded."""

cookies_renewed = object()
"""Sent by DownloadHandler after a task that asks for it, as the site may renew its cookies.

`generation`: of the login that the context has, an int. `cookies`: as Playwright gives them.
"""

cookies_rotate = object()
"""Sent by SessionFinder, without arguments: the site gives a new session cookie with each answer.

The newest is passed from task to task from now on, and one task at a time goes to the site.
"""

recycle_contexts = object()
"""Sent by RecoveryPolicy, without arguments: each context is replaced before its next use."""

restart_browser = object()
"""Sent by RecoveryPolicy, without arguments: the browser is started anew before its next use."""

stalled = object()
"""Sent by Watchdog, without arguments, when nothing has finished for a long time.

Whoever has requests in flight cancels them.
"""

run_event = object()
"""Sent by `job.events.note`, from either loop, when something happened that the report shows.

`kind`, `text` and `outside`: texts. `more`: a dict of further values, for JSON.
"""
