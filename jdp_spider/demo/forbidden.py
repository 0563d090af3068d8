"""What stands beside the right things on a changed site, and must never be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_FORBIDDEN = {
    "login": ("Email me a link to log in", "Send password", "Register"),
    "licence": ("Email me offers", "Subscribe to news", "Send me the agreement"),
    "header": ("Delete my account", "Change password", "Buy credits"),
    "menu": ("Email Inventory", "Import", "Send to Auction", "Delete Inventory"),
    "format": ("Email CSV", "Send CSV by mail", "Save to Cart"),
    "toolbar": ("Save Search", "Add Vehicle", "Delete Vehicles", "Email List"),
    "filter": ("Save Filter", "Delete Saved Filter", "Email Filter"),
    "vehicle": ("Email this report", "Save changes", "Add to cart", "Delete Vehicle", "Buy Report"),
    "dialog": ("Email PDF", "Send Report", "Save changes", "Email this report", "Buy PDF"),
}
_ROW = (
    '<a class="extra" id="delete_{}" title="Delete" href="#"><img src="trash.svg" alt=""></a>',
    '<a class="extra" title="Edit" href="/ValuesOnline/Cart/Edit/{}">Edit</a>',
    '<a class="extra" href="/ValuesOnline/Cart/Add/{}"><img src="cart.svg" alt="" width="9"></a>',
    '<a class="extra" id="mail_{}" href="#" title="Email this vehicle">@</a>',
)


def extras(rng: Random) -> dict[str, str]:
    """Return one such thing for each place, as HTML."""
    found = {}
    for place, texts in _FORBIDDEN.items():
        text = rng.choice(texts)
        button = f'<button type="button" class="extra button">{text}</button>'
        if place == "licence":
            button = f'<label class="check"><input class="extra" type="checkbox"> {text}</label>'
        elif place == "header":
            button = f'<a class="extra" href="/ValuesOnline/Cart/{rng.randrange(9)}">{text}</a>'
        elif place in ("menu", "format"):
            span = f'<span class="extra dxm-content" tabindex="0">{text}</span>'
            button = f'<li class="dxm-item">{span}</li>'
        elif place == "vehicle":
            button = button.replace('"extra ', '"extra reportButton requiresVehicle ')
        found[place] = button
    found["row"] = rng.choice(_ROW)
    return found
