"""Style sheet, script, font and pictures, all held in memory."""

from __future__ import annotations

import mimetypes
from functools import lru_cache
from importlib.resources import files
from pathlib import Path, PurePosixPath

from aiohttp import web

from jdp_spider.demo.pictures import pictures
from jdp_spider.demo.state import ROOT

STATIC = Path(__file__).parent / "static"
FONT = files("reportlab") / "fonts" / "Vera.ttf"
# Not left to mimetypes alone, which reads the registry on Windows and may return text/plain.
TYPES = {".css": "text/css", ".js": "text/javascript", ".ttf": "font/ttf", ".svg": "image/svg+xml"}
CACHE = {"Cache-Control": "public, max-age=86400"}

routes = web.RouteTableDef()


@lru_cache(maxsize=1)
def assets() -> dict[str, bytes]:
    """Return all files, keyed by their path under the site's root."""
    found = {f"Content/images/{name}": body for name, body in pictures().items()}
    for file in STATIC.iterdir():
        folder = {".css": "Content", ".js": "Scripts"}.get(file.suffix, "Content/images")
        found[f"{folder}/{file.name}"] = file.read_bytes()
    found["Content/fonts/site.ttf"] = FONT.read_bytes()
    return found


@routes.get(f"{ROOT}Content/{{name:.+}}")
@routes.get(f"{ROOT}Scripts/{{name:.+}}")
async def asset(request: web.Request) -> web.Response:
    path = request.path.removeprefix(ROOT)
    body = assets().get(path)
    if body is None:
        raise web.HTTPNotFound
    return web.Response(body=body, content_type=_type(path), headers=CACHE)


@routes.get("/favicon.ico")
async def favicon(request: web.Request) -> web.Response:
    return web.Response(
        body=assets()["Content/images/logo.png"], content_type="image/png", headers=CACHE
    )


def _type(path: str) -> str:
    guessed = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return TYPES.get(PurePosixPath(path).suffix, guessed)
