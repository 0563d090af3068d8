"""A bookout as a scanner would make it: one picture, and no text to extract."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from jdp_spider.demo.pictures import photo

if TYPE_CHECKING:
    from jdp_spider.demo.vehicles import DemoVehicle

WIDTH, HEIGHT = (int(side) for side in LETTER)


def make_scan(vehicle: DemoVehicle) -> bytes:
    """Return a scanned bookout, always the same bytes for the same vehicle."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    lines = ("Bookout Report", "", f"Stock #: {vehicle.reference}", f"VIN: {vehicle.vin}")
    draw.text((48, 48), "\n".join(lines), fill="black")
    image.paste(Image.open(io.BytesIO(photo(vehicle.photo))), (16, 160))
    picture = io.BytesIO()
    image.save(picture, "JPEG", quality=78)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=LETTER, invariant=1, pageCompression=0)
    canvas.drawImage(ImageReader(picture), 0, 0, WIDTH, HEIGHT)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()
