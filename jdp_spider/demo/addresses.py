"""What a report's address holds besides the vehicle's number: `--like` of the kind ADDRESSES."""

from __future__ import annotations

import base64
import binascii
import re
import time
from typing import TYPE_CHECKING

from jdp_spider.demo.state import EXCHANGE, STATE

if TYPE_CHECKING:
    from aiohttp import web

    from jdp_spider.demo.vehicles import DemoVehicle

_NEAR_S = 60
"""How far the time in a file name may be from the server's."""


def number_of(request: web.Request) -> str:
    """Return the number of the vehicle where it is not in the field `vehicleId`."""
    likes = request.app[STATE].options.like
    if "number-in-path" in likes:
        return request.path.rpartition("/")[2]
    if "number-encoded" in likes:
        try:
            return base64.b64decode(request.query.get("v", "")).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def is_whole(request: web.Request, vehicle: DemoVehicle) -> bool:
    """Return whether a report's address holds all that this site wants."""
    state, query = request.app[STATE], request.query
    likes, session = state.options.like, request[EXCHANGE].session
    if "random-part" in likes:
        part = query.get("rnd", "")
        if part in state.random_parts or not re.fullmatch(r"0\.[0-9]{3,}", part):
            return False
        state.random_parts.add(part)
    if "number-twice" in likes:
        name = re.fullmatch(r"bookout_([0-9]+)_([0-9]{13})\.pdf", query.get("name", ""))
        if not name or int(name[1]) != vehicle.id:
            return False
        if abs(int(name[2]) / 1000 - time.time()) > _NEAR_S:
            return False
    if "session-token" in likes and session and query.get("token") != session.token:
        return False
    return "link-token" not in likes or query.get("key") == vehicle.token
