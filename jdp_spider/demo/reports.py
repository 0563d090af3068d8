"""The bookout report of one vehicle as a PDF of one or two pages."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from reportlab import rl_config
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from jdp_spider.demo.like_files import line_like, pdf_like, reference_like
from jdp_spider.demo.pictures import photo
from jdp_spider.demo.values import bookout_values, dollars

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from jdp_spider.demo.values import BookoutValues
    from jdp_spider.demo.vehicles import DemoVehicle

# ASCII85 is written in Python: with it a report's picture costs 25 ms, without it none.
rl_config.useA85 = 0

WIDTH, HEIGHT = LETTER
LEFT, RIGHT = 48.0, WIDTH - 48.0
COLUMN = 82.0
LINE = 17.0
BLUE = (0.09, 0.24, 0.43)
BLACK = (0.12, 0.12, 0.14)
GREY = (0.42, 0.44, 0.48)
PALE = (0.94, 0.95, 0.97)
NOTES = (
    "Values are for the vehicle as described, in the region of the account, for this period.",
    "Rough, average and clean refer to the condition of the vehicle at the time of trade-in.",
    "Mileage and option adjustments apply to every column alike.",
    "This report comes from a demo site. Its values are invented.",
)


def make_report(
    vehicle: DemoVehicle,
    *,
    names_vin: bool = True,
    likes: Collection[str] = (),
    stamp: str = "",
) -> bytes:
    """Return the same bytes for the same vehicle and stamp, however often it is made."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=LETTER, invariant=1, pageCompression=0)
    canvas.setTitle("Bookout Report")
    values = bookout_values(vehicle)
    _draw_head(canvas, vehicle)
    _draw_vehicle(canvas, vehicle, names_vin, likes)
    y = _draw_values(canvas, values, HEIGHT - 390)
    if len(values.options) > 4:  # Some reports run to a second page, as on the real site.
        _draw_foot(canvas, 1)
        canvas.showPage()
        _draw_head(canvas, vehicle)
        y = HEIGHT - 150
    _draw_options(canvas, values, y)
    _text(canvas, LEFT, 50, stamp, size=8, colour=GREY)
    _draw_foot(canvas, canvas.getPageNumber())
    canvas.showPage()
    canvas.save()
    return pdf_like(buffer.getvalue(), likes)


@lru_cache(maxsize=16)
def _picture(number: int) -> ImageReader:
    return ImageReader(io.BytesIO(photo(number)))


def _text(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    *,
    size: float = 9.5,
    bold: bool = False,
    right: bool = False,
    colour: tuple[float, float, float] = BLACK,
) -> None:
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
    canvas.setFillColorRGB(*colour)
    (canvas.drawRightString if right else canvas.drawString)(x, y, text)


def _draw_head(canvas: Canvas, vehicle: DemoVehicle) -> None:
    canvas.setFillColorRGB(*BLUE)
    canvas.rect(0, HEIGHT - 84, WIDTH, 84, stroke=0, fill=1)
    white = (1.0, 1.0, 1.0)
    _text(canvas, LEFT, HEIGHT - 46, "Bookout Report", size=20, bold=True, colour=white)
    _text(canvas, LEFT, HEIGHT - 64, "Values Online (demo)", colour=white)
    _text(canvas, RIGHT, HEIGHT - 46, vehicle.name, right=True, size=11, colour=white)


def _draw_vehicle(
    canvas: Canvas, vehicle: DemoVehicle, names_vin: bool, likes: Collection[str]
) -> None:
    lines = [f"Stock #: {reference_like(vehicle.reference, likes)}"]
    if names_vin:
        lines.append(f"VIN: {vehicle.vin}")
    lines += [
        f"Vehicle: {vehicle.name}",
        f"Trim: {vehicle.trim}",
        f"Color: {vehicle.colour}",
        f"Mileage: {vehicle.mileage:,}",
        f"List price: {dollars(vehicle.price)}",
    ]
    y = HEIGHT - 116
    for number, line in enumerate(line_like(line, likes) for line in lines):
        # A reference may hold 150 signs and must still stand in one line.
        size = min(10.5, 10.5 * (RIGHT - LEFT) / stringWidth(line, "Helvetica-Bold", 10.5))
        _text(canvas, LEFT, y, line, size=size, bold=number == 0)
        y -= LINE
    canvas.drawImage(_picture(vehicle.photo), RIGHT - 240, HEIGHT - 290, 240, 150)


def _draw_values(canvas: Canvas, values: BookoutValues, y: float) -> float:
    _text(canvas, LEFT, y + 26, "Bookout values", size=13, bold=True, colour=BLUE)
    _row(canvas, y, "", values.names, bold=True, shade=True)
    adjustment = (values.mileage,) * len(values.names)
    options = (values.options_sum,) * len(values.names)
    for label, figures in (
        ("Base value", values.base),
        ("Mileage adjustment", adjustment),
        ("Options adjustment", options),
    ):
        y -= LINE
        _row(canvas, y, label, [dollars(figure) for figure in figures])
    y -= LINE
    totals = [dollars(figure) for figure in values.totals]
    _row(canvas, y, "Adjusted value", totals, bold=True, shade=True)
    return y - 50


def _draw_options(canvas: Canvas, values: BookoutValues, y: float) -> None:
    _text(canvas, LEFT, y + 6, "Options", size=13, bold=True, colour=BLUE)
    for name, price in values.options:
        y -= LINE
        _text(canvas, LEFT, y, name)
        _text(canvas, RIGHT, y, dollars(price), right=True)
    y -= LINE
    for note in NOTES:
        y -= 13
        _text(canvas, LEFT, y, note, size=8, colour=GREY)


def _row(
    canvas: Canvas,
    y: float,
    label: str,
    cells: Sequence[str],
    *,
    bold: bool = False,
    shade: bool = False,
) -> None:
    if shade:
        canvas.setFillColorRGB(*PALE)
        canvas.rect(LEFT - 6, y - 5, RIGHT - LEFT + 12, LINE, stroke=0, fill=1)
    _text(canvas, LEFT, y, label, bold=bold)
    size = 8.5 if not label else 9.5
    x = RIGHT - COLUMN * (len(cells) - 1)
    for number, cell in enumerate(cells):
        _text(canvas, x + number * COLUMN, y, cell, right=True, bold=bold, size=size)


def _draw_foot(canvas: Canvas, number: int) -> None:
    _text(canvas, LEFT, 36, "Values Online demo site", size=8, colour=GREY)
    _text(canvas, RIGHT, 36, f"Page {number}", size=8, right=True, colour=GREY)
