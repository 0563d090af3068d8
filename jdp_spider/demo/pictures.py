"""The site's pictures, drawn once: a logo, icons and a photograph for each colour."""

from __future__ import annotations

import io
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from jdp_spider.demo.catalogue import COLOURS

Colour = tuple[int, int, int]

PHOTO_SIZE = (560, 350)
BLUE = (23, 62, 110)
AMBER = (240, 160, 32)
GREY = (176, 182, 190)


@lru_cache(maxsize=1)
def pictures() -> dict[str, bytes]:
    """Return all pictures, keyed by file name."""
    drawn = {f"vehicle-{number}.jpg": photo(number) for number in range(len(COLOURS))}
    drawn["logo.png"] = _png(_logo())
    drawn["book.png"] = _png(_book(BLUE))
    drawn["unavailable.png"] = _png(_book(GREY))
    return drawn


@lru_cache(maxsize=len(COLOURS))
def photo(number: int) -> bytes:
    """Return a JPEG of about 45 kB; bookouts, which contain it, owe their size to it."""
    width, height = PHOTO_SIZE
    image = Image.linear_gradient("L").resize(PHOTO_SIZE)
    image = Image.merge("RGB", [image.point(lambda v, c=c: c - v // 5) for c in (214, 224, 236)])
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 0.72, width, height), fill=(112, 116, 120))
    _draw_car(draw, COLOURS[number][1])
    image = image.filter(ImageFilter.GaussianBlur(0.8))
    # Grain, because a drawing without any packs into a few kB; a fixed pattern keeps the
    # pictures, and so the reports, the same in every run.
    return _jpeg(Image.blend(image, _grain(), 0.12))


def _draw_car(draw: ImageDraw.ImageDraw, colour: Colour) -> None:
    glass = (58, 74, 92)
    draw.ellipse((70, 268, 500, 300), fill=(84, 86, 90))
    draw.polygon([(170, 180), (220, 118), (355, 118), (415, 180)], fill=colour)
    draw.polygon([(188, 178), (228, 128), (282, 128), (282, 178)], fill=glass)
    draw.polygon([(292, 178), (292, 128), (348, 128), (394, 178)], fill=glass)
    draw.rounded_rectangle((80, 175, 490, 258), radius=26, fill=colour)
    draw.line((90, 214, 482, 214), fill=tuple(int(c * 0.75) for c in colour), width=3)
    draw.rectangle((466, 192, 488, 208), fill=(250, 240, 200))
    draw.rectangle((82, 192, 100, 208), fill=(190, 40, 40))
    for centre in (165, 405):
        draw.ellipse((centre - 42, 216, centre + 42, 300), fill=(28, 28, 30))
        draw.ellipse((centre - 22, 236, centre + 22, 280), fill=(196, 200, 204))


def _grain() -> Image.Image:
    width, height = PHOTO_SIZE
    signs = Random(1).randbytes(width * height)
    return Image.frombytes("L", PHOTO_SIZE, signs).convert("RGB")


def _logo() -> Image.Image:
    image = Image.new("RGBA", (96, 96), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((4, 4, 92, 92), radius=20, fill=AMBER)
    draw.arc((22, 26, 74, 78), 150, 390, fill=BLUE, width=9)
    draw.line((48, 54, 66, 34), fill=BLUE, width=8)
    draw.ellipse((41, 47, 55, 61), fill=BLUE)
    return image.resize((48, 48), Image.Resampling.LANCZOS)


def _book(colour: Colour) -> Image.Image:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((10, 6, 54, 58), radius=6, fill=colour)
    draw.rectangle((16, 46, 54, 54), fill=(255, 255, 255))
    draw.line((22, 18, 46, 18), fill=(255, 255, 255), width=4)
    draw.line((22, 28, 40, 28), fill=(255, 255, 255), width=4)
    return image.resize((20, 20), Image.Resampling.LANCZOS)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=78)
    return buffer.getvalue()
