"""The project's own `Request.meta` keys."""

from __future__ import annotations

VEHICLE = "jdp_vehicle"
"""The Vehicle of a vehicle request."""

VEHICLE_ID = "jdp_vehicle_id"
"""The site's own number of the vehicle, where the walk has found it."""

DIRECT = "jdp_direct"
"""The ReportRequest to send without opening the vehicle's page first."""

LOGIN = "jdp_login"
"""Number of the login whose cookies the request's context must hold."""

COOKIES = "jdp_cookies"
"""Whether the context gets the login's cookies anew: the site may have renewed them since."""

BLOCK = "jdp_block"
"""Whether the page does without images, fonts, media and style sheets."""

OPENS = "jdp_opens"
"""Set when the request only opens its context's page, for the next one; the site is not asked."""

STAYS = "jdp_stays"
"""Whether a control request leaves its page open, for the next one to go on with."""

GOES_ON = "jdp_goes_on"
"""Whether a control request takes a page that stands at its address as it is."""

ALONE = "jdp_alone"
"""Whether a control request is the last one: all other contexts are closed first."""

STARTED = "jdp_started"
"""Monotonic clock at the start of the current try."""

SECONDS = "jdp_seconds"
"""Seconds the vehicle's last try took."""

ADMITTED = "jdp_admitted"
"""Set when the dedup middleware has let the vehicle through: retries keep it."""

REFUSED = "jdp_refused"
"""Reason and SHA-256 of what the vehicle's last try brought, where it was refused."""

GIVEN_BACK = "jdp_given_back"
"""How often the vehicle got its try back because session or browser had ended."""
