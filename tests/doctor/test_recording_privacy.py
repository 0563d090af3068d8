"""Nothing that is private is in a recording, wherever and however it was written."""

from __future__ import annotations

import base64
import dataclasses
import html
import io
import json
import re
import zipfile
from collections import defaultdict
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from reportlab.pdfgen.canvas import Canvas

from jdp_spider.demo.reports import make_report
from jdp_spider.demo.vehicles import DemoVehicle
from jdp_spider.doctor.cleaning import Cleaning
from jdp_spider.doctor.recorder import Raw, Recorder
from jdp_spider.doctor.recording import recording_of
from jdp_spider.inventory import read_inventory
from jdp_spider.pages.file_request import Answer, ReportRequest
from jdp_spider.pages.rows import Row
from jdp_spider.pages.site import Site
from jdp_spider.pdf.places import places_of
from jdp_spider.recording.archive import Recording
from jdp_spider.scrubbing.scrubber import Scrubber
from jdp_spider.utils import redaction
from jdp_spider.utils.redaction import hide, hide_cookies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

ORIGIN = "https://extapps.jdpowervalues.com"
BASE = f"{ORIGIN}/ValuesOnline/"
VIN, OTHER_VIN = "1HGCM82633A004352", "2HGCM82633A004353"
PASSWORD, COOKIE = "S3cret-Pass-9!", "k2j4h5g6f7d8s9a0qwer"
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le")
PRIVATE = {
    "user": "zquartz77",
    "password": PASSWORD,
    "cookie": COOKIE,
    "token": "CfDJ8Nq3xT0kPz",
    "customer": "Zebulon",
    "surname": "Quartzmark",
    "street": "Elderwick",
    "dealership": "Vandermolen",
    "mail": "zeb.q@vandermolen-autos.example",
    "phone": "555-867-5309",
    "reference": "165548",
    "vin": VIN,
    "end of the VIN": VIN[-6:],
    "price": "23175",
    "mileage": "48762",
    "number of the vehicle": "4000126",
}
"""Each is looked for in all that is recorded."""


def forms(value: str) -> dict[str, str]:
    """Return a value as pages, scripts and addresses may write it."""
    half = len(value) // 2
    code = "".join(f"\\u{ord(sign):04x}" for sign in value)
    padded = f"for {value} only"
    return {
        "plain": value,
        "upper": value.upper(),
        "lower": value.lower(),
        "percent": "".join(f"%{ord(sign):02X}" for sign in value),
        "percent twice": "".join(f"%25{ord(sign):02X}" for sign in value),
        "entities": "".join(f"&#{ord(sign)};" for sign in value),
        "hexadecimal entities": "".join(f"&#x{ord(sign):x};" for sign in value),
        "script": code,
        "script in JSON": code.replace("\\", "\\\\"),
        "base64": base64.b64encode(padded.encode()).decode(),
        "base64 for addresses": quote(base64.urlsafe_b64encode(padded.encode()).decode(), safe=""),
        "split": f"<b>{html.escape(value[:half])}</b><i>{html.escape(value[half:])}</i>",
        "spaced": " ".join(value),
        "accented": "\u0301".join(value),
    }


PLACES = (
    "<!DOCTYPE html><html><head><title>{text}</title>",
    '<!DOCTYPE html PUBLIC "{quoted}"><!DOCTYPE x [<!ENTITY n "{quoted}">]>',
    '<meta name="author" content="{quoted}">',
    '<link rel="x" href="/ValuesOnline/{address}?of={address}">',
    '<style>.a::after {{ content: "{quoted}" }} /* {quoted} */</style></head>',
    '<body data-customer="{quoted}" class="dxgv"><!-- {text} -->',
    '<p title="{quoted}" aria-label="{quoted}">Stock Number {text} of VIN</p><td>{text}</td>',
    '<textarea>{text}</textarea><input value="{quoted}">',
    '<input type="hidden" name="__RequestVerificationToken" value="{quoted}">',
    '<input type="password" value="{quoted}">',
    '<a href="mailto:{quoted}" onclick="openBookOut(\'{quoted}\')">x</a>',
    '<img alt="{quoted}" src="data:text/plain,{address}"><iframe srcdoc="{quoted}"></iframe>',
    "<script>/* {script} */ var a = \"{script}\", b = '{script}', c = `{script} ${{a}}`;",
    " // {script}\n</script>",
    '<script type="application/json">{{"name": "{script}"}}</script>',
    "<noscript>{text}</noscript><template>{text}</template>",
    '<option value="{quoted}">{text}</option></body></html>',
)


def everywhere(form: str) -> str:
    """Return a page with a value in all its places."""
    script = form.replace('"', "").replace("<", "\\x3c")
    return "\n".join(PLACES).format(
        text=form, quoted=html.escape(form), address=quote(form), script=script
    )


def raw(url: str, kind: str, body: str | bytes, **more: object) -> Raw:
    data = body.encode() if isinstance(body, str) else body
    value = PRIVATE["customer"]
    headers = {
        "content-type": kind,
        "set-cookie": f"ASP={COOKIE}",
        "x-user": value,
        "etag": value,
        "content-disposition": f"attachment; {value}.pdf; filename={value}.pdf",
    }
    values = {"step": "grid", "kind": "document", "method": "GET", "sent": "", "sent_kind": ""}
    return Raw(url=url, at_s=0.1, by_script=False, status=200, headers=headers, body=data,
               **{**values, **more})  # fmt: skip


def window(path: Path, value: str) -> Raw:
    """Return the page of a window that was taken off the network, as it asks its opener."""
    url = f"{BASE}Report/Window?of={quote(value)}"
    recorder = Recorder(path)
    recorder.exchanges = [dataclasses.replace(raw(url, "", ""), status=0, headers={}, body=None)]
    page = everywhere(value)
    page += f"<script>location.replace(opener.reportUrl + '?of={quote(value)}')</script>"
    headers = {"content-type": "text/html", "x-user": value}
    recorder._taken(Answer(200, url, headers, page.encode(), ReportRequest(url)))
    return recorder.exchanges[0]


def letter_by_letter(lines: Sequence[str], share: float) -> bytes:
    """Return a PDF whose letters are texts of their own, `share` of their width apart."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for font, column in (("Helvetica", 40), ("Courier", 320)):
        canvas.setFont(font, 8)
        for number, line in enumerate(lines):
            x = float(column)
            for sign in f"for {line} only":
                canvas.drawString(x, 780 - 12 * number, sign)
                x += canvas.stringWidth(sign, font, 8) * share
    canvas.save()
    return buffer.getvalue()


def exchanges(path: Path) -> Iterator[Raw]:
    """Yield requests and answers with every value in every form."""
    form_kind = "application/x-www-form-urlencoded"
    for value in PRIVATE.values():
        for form in forms(value).values():
            yield raw(f"{BASE}vehicle/", "text/html; charset=utf-8", everywhere(form))
        yield window(path, value)
        sent = f"UserName={quote(value)}&Password={quote(PASSWORD)}&token={quote(value)}"
        url = f"{BASE}{quote(value)}?of={quote(value)}&ticket={quote(value)}"
        yield raw(url, "text/html", "", method="POST", sent=sent, sent_kind=form_kind)
        yield raw(f"https://sso.{value}.example/in", "text/html", f"<p>{value}")
        body = f'{{"name": "{value}", "{value}": ["{value}", "<td>{value}</td>"], "n": 48762}}'
        yield raw(f"{BASE}data", "application/json", body)
        script = f'/* {value} */ const it = "{value}"; call("{value}", \'{value}\', 4000126);'
        yield raw(f"{BASE}Scripts/own.js", "text/javascript", script)
        callback = f"0|/*DX*/({{'result':{{'html':'<td>{value}<script>a=\\'{value}\\'<\\/script>"
        callback += f"<td>{value}<\\/td>','keys':['{value}']}},'id':48762}})"
        yield raw(f"{BASE}vehicle/GridCallback", "text/html", callback)
        yield raw(f"{BASE}Content/own.css", "text/css", f".{value[:1]}x {{}} /* {value} */")
        yield raw(f"{BASE}plain", "text/plain", f"no page: {value}")
        yield raw(f"{BASE}odd", "application/octet-stream", b"\x01\x02\xff" + value.encode())
        yield raw(f"{BASE}picture", "image/png", b"\x89PNG\0" + value.encode())
        location = {"location": f"/ValuesOnline/?of={quote(value)}"}
        yield dataclasses.replace(
            raw(f"{BASE}moved", "text/html", ""), status=302, headers=location
        )
    columns = "Reference Number,VIN,Customer,Street,List Price,Mileage,Phone,Mail"
    line = ",".join((PRIVATE["reference"], VIN, "Zebulon Quartzmark", "12 Elderwick Rd", "23175",
                     "48762", PRIVATE["phone"], PRIVATE["mail"]))  # fmt: skip
    exported = f"{columns}\r\n{line}\r\n165549,{OTHER_VIN}\r\n"
    yield raw(f"{BASE}vehicle/Export", "text/csv", exported)
    for encoding in WIDE:
        for mark in ("", "\ufeff"):
            for kind in ("text/csv", "application/octet-stream", "text/html"):
                yield raw(f"{BASE}{kind}", kind, (mark + exported).encode(encoding))
            for value in PRIVATE.values():
                for form in forms(value).values():
                    body = f"{mark}Customer,Street\r\n{form},12\r\n".encode(encoding)
                    yield raw(f"{BASE}vehicle/Export", "text/csv", body)
    vehicle = DemoVehicle(
        4000126, "165548", VIN, 2024, "Vandermolen", "Elderwick", "Quartzmark", "Zebulon", 48762,
        23175, 24, date(2026, 6, 6), 1,
    )  # fmt: skip
    for share in (1.0, 1.4):
        letters = letter_by_letter(list(PRIVATE.values()), share)
        yield raw(f"{BASE}Report/GetPdfReport", "application/pdf", letters)
    for likes in ((), ("pdf-apart",), ("pdf-case",), ("pdf-page-after",)):
        report = make_report(vehicle, likes=likes, stamp=" ".join(PRIVATE.values()))
        yield raw(f"{BASE}Report/GetPdfReport?vehicleId=4000126", "application/pdf", report)
        inner = base64.b64encode(report).decode()
        yield raw(f"{BASE}Report/json", "application/json", f'{{"data": "{inner}"}}')


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the texts of a recording of all that, by their names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction, "_hidden", {})
        path = tmp_path_factory.mktemp("recording") / "site.zip"
        every = [form for value in PRIVATE.values() for form in forms(value).values()]
        return recording_in(path, exchanges(path), texts=every)


def recording_in(
    path: Path,
    seen: Iterable[Raw],
    texts: Sequence[str] = (),
    *,
    reference: str = "165548",
    hidden: Sequence[str] = (),
) -> dict[str, str]:
    """Record exchanges and texts into a file, and return what is in it."""
    hide([PASSWORD])
    hide_cookies([{"value": COOKIE}])
    exported = f"Reference Number,VIN\r\n{reference},{VIN}\r\n".encode()
    (vehicle,) = read_inventory(exported).vehicles
    row = Row("bookOutButton_4000126", f"{BASE}vehicle/BookOut/4000126", (reference, VIN))
    recorder = Recorder(path, with_scripts=True, hidden=hidden)
    recorder.platform = ["openBookOut", "const", "call"]
    recorder.exchanges = list(seen)
    recorder.pages = [("grid", everywhere(form)) for form in texts]
    recorder.dialogs = [("confirm", form) for form in texts]
    config = SimpleNamespace(user=PRIVATE["user"], password=PASSWORD)
    doctor = SimpleNamespace(
        site=Site(BASE), selectors={}, config=config, vehicles=[vehicle],
        tied=[(row, vehicle)], second_rows=[],
    )  # fmt: skip
    recording_of(doctor, recorder, [("grid", "PASS")]).save(recorder.path)
    with zipfile.ZipFile(recorder.path) as archive:
        names = archive.namelist()
        kept = {n: archive.read(n).decode() for n in names}
    shown = {f"{n} as shown": lines_of(text) for n, text in kept.items() if n.endswith("pdf.json")}
    return {"names": " ".join(names), **kept, **shown}


@pytest.mark.parametrize(("right", "down"), [(0, 12), (9, 3), (30, 0)])
def test_signs_of_a_report_that_are_far_apart_are_replaced(right: int, down: int) -> None:
    canvas = Canvas(buffer := io.BytesIO(), pageCompression=0)
    for number, sign in enumerate("165548"):
        canvas.drawString(40 + number * right, 700 - number * down, sign)
    canvas.save()
    scrubber = Scrubber()
    scrubber.known.learn("165548")
    shown = lines_of(places_of(buffer.getvalue(), scrubber.text).decode())
    assert shown.replace("\n", "") == scrubber.text("165548")


def test_numbers_of_signs_that_a_font_names_nowhere_are_no_text() -> None:
    canvas = Canvas(buffer := io.BytesIO(), pageCompression=0)
    canvas.drawString(40, 700, "Stock: SHIFTED")
    canvas.save()
    # As of a subset without /ToUnicode: each sign by its number, 29 below that in ASCII.
    shifted = "".join(f"\\{ord(sign) - 29:03o}" for sign in "165548").encode()
    pdf = buffer.getvalue().replace(b"SHIFTED", shifted)
    assert lines_of(places_of(pdf, str).decode()) == "Stock: ??????"


def lines_of(places: str) -> str:
    """Return the texts of a kept report, those of a line without spaces."""
    lines: defaultdict[tuple[int, float], list[str]] = defaultdict(list)
    for number, page in enumerate(json.loads(places)["pages"]):
        for _, y, _, text in page["texts"]:
            lines[number, y].append(text)
    return "\n".join("".join(texts) for texts in lines.values())


def found_in(text: str, value: str) -> list[str]:
    """Return the forms of a value that a text holds."""
    lower = text.replace("\0", "").lower()
    found = [name for name, form in forms(value).items() if form.lower() in lower]
    for shift in range(3):
        digits = base64.b64encode(b"x" * shift + value.encode()).decode()
        inner = digits[4 if shift else 0 : len(digits) // 4 * 4 - 4]
        if len(inner) >= 8 and inner in text:
            found.append(f"base64, moved by {shift}")
    return found


def test_no_private_value_is_in_a_recording_in_any_form(recorded: dict[str, str]) -> None:
    assert len(recorded) > 300
    leaks = [
        (kind, file, form)
        for file, text in recorded.items()
        for kind, value in PRIVATE.items()
        for form in found_in(text, value)
    ]
    assert leaks == []


SHORT = {
    "short reference": ("A123", ("go('{}')", 'x = "{}"', "row_{}")),
    "round reference": ("2500", ("go({})", "go('{}')")),
    "round price": ("23500", ("go({})", "price({}, 'USD')")),
    "hidden word": ("Page", ("go('{}')", 'of("Mrs. {}")')),
    "hidden name": ("Best Auto", ("go('{}')", "at('//best-auto.example/')")),
}
"""What looks like something harmless, and how a script has it."""


@pytest.mark.parametrize("kind", SHORT)
def test_short_or_ordinary_value_is_in_no_recording(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redaction, "_hidden", {})
    value, codes = SHORT[kind]
    seen = [raw(f"{BASE}of/{quote(value)}?of={quote(value)}", "text/html", "")]
    for code in codes:
        script = code.format(value)
        page = f'<a onclick="{html.escape(script)}">x</a><script>{script}</script>'
        seen += [raw(BASE, "text/html", page), raw(BASE, "text/javascript", script)]
    reference = value if "reference" in kind else "165548"
    hidden = [value] if "hidden" in kind else []
    kept = recording_in(tmp_path / "site.zip", seen, reference=reference, hidden=hidden)
    pattern = re.compile(rf"(?<![A-Za-z0-9]){value.replace(' ', '.?')}(?![A-Za-z0-9])", re.I)
    assert [name for name, text in kept.items() if pattern.search(text)] == []


APART: dict[str, Callable[[str], str]] = {
    "cells": lambda value: "".join(f"<td>{sign}</td>" for sign in value),
    "fields": lambda value: "".join(f"<input maxlength=1 value={sign}>" for sign in value),
    "pieces of SVG": lambda value: "".join(f"<tspan x=1>{sign}</tspan>" for sign in value),
    "lines": lambda value: "<p>" + "<br>".join(value),
    "list in JSON": lambda value: json.dumps({"fields": list(value)}),
    "list in an object": lambda value: f"0|/*DX*/({{'fields':{list(value)}}})",
    "list in a script": lambda value: f"<script>fill({list(value)});</script>",
    **{ascii(sign): sign.join for sign in ",/*\n\xa0\ufe0f\u202e"},
    "commas and spaces": ", ".join,
}
"""How a value may be written sign by sign."""


@pytest.mark.parametrize("kind", APART)
def test_value_that_is_written_sign_by_sign_is_in_no_recording(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redaction, "_hidden", {})
    for name in ("customer", "street", "reference", "vin"):
        body = APART[kind](PRIVATE[name])
        seen = [raw(BASE, "application/json" if body[0] in "{[" else "text/html", body)]
        text = recording_in(tmp_path / f"{name}.zip", seen)
        (kept,) = (text[each] for each in text if each.startswith("bodies/"))
        shown = re.sub(r'maxlength="1"|x="1"|</?[a-z]+|value|[^A-Za-z0-9]', "", kept)
        assert PRIVATE[name].casefold() not in shown.casefold()
        assert len(kept) > len(PRIVATE[name])


def test_addresses_of_other_sites_become_addresses_of_this_one(recorded: dict[str, str]) -> None:
    assert "https://" not in recorded["exchanges.json"]
    assert "/__other__/" in recorded["exchanges.json"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_export_in_utf_16_is_kept_as_text(encoding: str, mark: str) -> None:
    body = f"{mark}Reference Number,VIN\r\n165548,{VIN}\r\n".encode(encoding)
    scrubber, recording = Scrubber(), Recording()
    Cleaning(scrubber, ORIGIN, with_scripts=False).add(
        raw(f"{BASE}vehicle/Export", "text/csv", body), recording
    )
    (kept,) = recording.files.values()
    line = f"{scrubber.text('165548')},{scrubber.text(VIN)}"
    assert kept.decode() == f"Reference Number,VIN\r\n{line}\r\n"


@pytest.mark.parametrize("kind", ["text/csv", "text/html", "application/json"])
def test_text_with_zeros_is_left_out_even_if_it_is_called_text(kind: str) -> None:
    body = b"Customer\r\nZ\0e\0b\0u\0l\0o\0n\0\r\n"
    recording = Recording()
    Cleaning(Scrubber(), ORIGIN, with_scripts=False).add(raw(BASE, kind, body), recording)
    assert (recording.files, recording.exchanges[0].left_out) == ({}, "not understood")


def test_recording_keeps_what_is_not_private(recorded: dict[str, str]) -> None:
    page = next(text for name, text in recorded.items() if name.startswith("pages/"))
    assert "Stock Number" in page
    assert 'class="dxgv"' in page
    assert any("openBookOut" in text for text in recorded.values())
    assert any("opener.reportUrl" in text for text in recorded.values())
    export = next(text for name, text in recorded.items() if name.endswith(".csv"))
    assert export.startswith("Reference Number,VIN,")
