"""What a recording keeps of one request and its answer."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from jdp_spider.doctor.cleaning import Cleaning
from jdp_spider.doctor.recorder import Raw
from jdp_spider.recording.archive import TOO_LARGE, Recording
from jdp_spider.scrubbing.scrubber import Scrubber

if TYPE_CHECKING:
    from collections.abc import Callable

VIN = "1HGCM82633A004352"
ORIGIN = "https://values.example"


def kept(
    body: str, kind: str, *, with_scripts: bool = False, scrubber: Scrubber | None = None
) -> tuple[str, dict[str, int]]:
    """Return what a recording keeps of an answer, and what it counts as left out."""
    raw = Raw(
        "grid", 0.0, "xhr", "POST", f"{ORIGIN}/grid", "", "", by_script=True,
        status=200, headers={"content-type": kind}, body=body.encode(),
    )  # fmt: skip
    recording = Recording()
    scrubber = scrubber or Scrubber()
    cleaning = Cleaning(scrubber, ORIGIN, with_scripts=with_scripts)
    cleaning.add(raw, recording)
    (file,) = recording.files.values()
    return file.decode(), scrubber.counts + cleaning.left_out


@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_scripts_in_json_are_kept_only_if_asked_for(kind: str) -> None:
    page = "<p>VIN</p><script>var vehicle = 1</script><style>p { color: red }</style>"
    body = json.dumps({"html": page, "rows": [page]})
    assert json.loads(kept(body, kind, with_scripts=True)[0]) == {"html": page, "rows": [page]}
    text, counts = kept(body, kind)
    assert json.loads(text) == {"html": "<p>VIN</p>", "rows": ["<p>VIN</p>"]}
    assert (counts["left out: script"], counts["left out: style"]) == (2, 2)


@pytest.mark.parametrize("guard", [")]}',\n", "while(1);", "for(;;);", "{}&&", ")]}'\n"])
def test_json_that_no_other_site_can_run_is_json(guard: str) -> None:
    body = {"html": "<p>VIN</p><script>var vehicle = 1</script><p>Zebulon"}
    text, _ = kept(guard + json.dumps(body), "application/json")
    clean = json.loads(text.removeprefix(guard))["html"]
    assert re.fullmatch("<p>VIN</p><p>[A-Z][a-z]{6}", clean)
    assert "Zebulon" not in clean


def test_table_in_a_zip_file_is_kept_as_a_table() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("Inventory.csv", f"Reference Number,VIN\r\n165548,{VIN}\r\n" * 9)
    raw = Raw(
        "export", 0.0, "document", "POST", f"{ORIGIN}/export", "", "", by_script=False,
        status=200, headers={"content-type": "application/zip"}, body=packed.getvalue(),
    )  # fmt: skip
    recording = Recording()
    Cleaning(Scrubber(), ORIGIN, with_scripts=False).add(raw, recording)
    [(name, table)] = recording.files.items()
    assert name.endswith(".csv")
    assert table.startswith(b"Reference Number,VIN\r\n")
    assert VIN.encode() not in table


CALLBACK = (
    "0|/*DX*/({{'result':{{'html':'<table class=\\'dxgv\\'>\\r\\n<tr onclick=\"go(\\'{0}\\')\">"
    "<td>{1}<\\/td>"
    "<\\/tr><\\/table><script id=\"dxss_1\">\\r\\nvar a = \\'{0}\\';\\r\\n<\\/script><p>{2}<\\/p>',"
    "'stateObject':{{'keys':['{0}'],'size':2,'name':'{1}'}}}},'id':0}})"
)


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/json"])
@pytest.mark.parametrize("with_scripts", [True, False])
def test_answer_within_an_object_is_kept_whole(kind: str, *, with_scripts: bool) -> None:
    scrubber = Scrubber()
    scrubber.known.learn("165548")
    scrubber.known.learn_vin(VIN)
    values = ("165548", "Zebulon", VIN)
    clean, counts = kept(
        CALLBACK.format(*values), kind, with_scripts=with_scripts, scrubber=scrubber
    )
    expected = CALLBACK.format(*map(scrubber.text, values)).replace("\\'dxgv\\'", '"dxgv"')
    quoted = f"(\\'{scrubber.text('165548')}\\')"
    expected = expected.replace(quoted, quoted.replace("\\'", "&#x27;"))
    script, kept_script = re.search("<script.*/script>", expected)[0], ""
    if with_scripts:
        kept_script = script.replace("dxss_1", scrubber.code("dxss_1"))
    assert clean == expected.replace(script, kept_script)
    assert counts["left out: script"] == (not with_scripts)


@pytest.mark.parametrize("value", ["165548", VIN, "Zebulon"])
@pytest.mark.parametrize(
    "written",
    [
        "".join,
        lambda value: "".join(f"\\x{ord(sign):02x}" for sign in value),
        lambda value: "".join(f"\\u{ord(sign):04X}" for sign in value),
        lambda value: "".join(f"\\u{{{ord(sign):x}}}" for sign in value),
        lambda value: "".join(f"\\{ord(sign):03o}" for sign in value),
        lambda value: "".join(f"&#{ord(sign)};" for sign in value),
        lambda value: f"{value[:3]}<b>{value[3:]}<\\/b>",
        lambda value: f"{value[:3]}\\\n{value[3:]}",
    ],
)
def test_value_in_an_object_is_replaced_however_it_is_escaped(
    written: Callable[[str], str], value: str
) -> None:
    scrubber = Scrubber()
    scrubber.known.learn("165548")
    scrubber.known.learn_vin(VIN)
    form = written(value)
    clean, _ = kept(
        f"0|/*DX*/({{'result':{{'html':'<td>{form}<\\/td>'}},'a':\"{form}\"}})", "text/html",
        scrubber=scrubber,
    )  # fmt: skip
    plain = re.sub(r"<\\?/?b>|\\\n", "", html.unescape(clean))
    assert plain.count(scrubber.text(value)) == 2
    assert value not in plain


def test_comment_in_an_object_is_left_out() -> None:
    text, counts = kept("0|/*DX*/({'page':1,/*Zebulon*/'html':'<b>VIN<\\/b>'})", "text/html")
    assert text == "0|/*DX*/({'page':1,'html':'<b>VIN<\\/b>'})"
    assert counts["comment"] == 1


@pytest.mark.parametrize("text", ["<p>Create <b>PDF</b>", "Create <b>PDF</b>", "({'a':'<b>"])
def test_other_texts_with_elements_are_parts_of_pages(text: str) -> None:
    assert kept(text, "text/html")[0] == text


@pytest.mark.parametrize(("headers", "size"), [({"content-length": "9000"}, 9000), ({}, 0)])
def test_file_omitted_for_its_size_keeps_only_the_size(headers: dict[str, str], size: int) -> None:
    raw = Raw(
        "report", 0.0, "document", "GET", f"{ORIGIN}/report", "", "", by_script=False,
        status=200, headers=headers, body=b"", is_too_large=True,
    )  # fmt: skip
    recording, cleaning = Recording(), Cleaning(Scrubber(), ORIGIN, with_scripts=True)
    cleaning.add(raw, recording)
    (exchange,) = recording.exchanges
    assert (exchange.left_out, exchange.size, exchange.body) == (TOO_LARGE, size, "")
    assert cleaning.left_out == {f"left out: {TOO_LARGE}": 1}


@pytest.mark.parametrize("place", ["//{}/a.js", "https://{}/a.js", "HTTPS://{}/a.js"])
@pytest.mark.parametrize("host", ["values.example", "cdn.zebulon.example:8443"])
def test_address_without_a_scheme_leads_to_what_was_recorded(place: str, host: str) -> None:
    scrubber, recording = Scrubber(), Recording()
    cleaning = Cleaning(scrubber, ORIGIN, with_scripts=True)
    cleaning.know(f"https://{host}/a.js")
    path = cleaning.path(f"https://{host}/a.js")
    address = place.format(host)
    text = f'<script src="{address}"></script><script>at("{address}")</script>'
    raw = Raw(
        "grid", 0.0, "document", "GET", f"{ORIGIN}/", "", "", by_script=False, status=302,
        headers={"content-type": "text/html", "location": address}, body=text.encode(),
    )  # fmt: skip
    cleaning.add(raw, recording)
    (page,) = recording.files.values()
    assert page.decode().count(f'"{path}"') == 2
    assert recording.exchanges[0].headers["location"] == path


def test_address_within_a_word_is_no_address_without_a_scheme() -> None:
    scrubber = Scrubber()
    scrubber.known.learn("zebulon.example")
    cleaning = Cleaning(scrubber, ORIGIN, with_scripts=True)
    cleaning.know("https://zebulon.example/a.js")
    assert "__other__" not in cleaning.page("<p>http://zebulon.example/</p>")
