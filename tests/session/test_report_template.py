"""Requests as sites make them, and the template that five of them teach."""

from __future__ import annotations

import base64
import re
import time
import uuid
from random import Random
from typing import TYPE_CHECKING

import pytest

from jdp_spider.inventory import Vehicle
from jdp_spider.pages.file_request import ReportRequest
from jdp_spider.session.report_template import ReportTemplate, Sample, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "https://values.example"
REPORT = f"{HOST}/Report/GetPdfReport"
rng = Random(5)


def vehicle(number: int) -> Vehicle:
    return Vehicle(f"S {number % 1000}/A", f"1HGCM82633A{number % 1000000:06}", 1, "", "", "")


def facts(number: int) -> dict[str, str]:
    address = f"{HOST}/vehicle/BookOut/{number}?key=k{number * 7919:x}"
    return facts_of(vehicle(number), str(number), address)


def learned(ask: Callable[[int], ReportRequest | str], numbers: list[int]) -> ReportTemplate | None:
    samples = []
    for number in numbers:
        asked = ask(number)
        request = ReportRequest(asked) if isinstance(asked, str) else asked
        samples.append(Sample(facts(number), request))
    return ReportTemplate.learn(samples)


NUMBERS = [40702329, 40702330, 40711111, 41000002, 40699999]


def base64_of(number: int) -> str:
    return base64.b64encode(str(number).encode()).decode()


def posted(number: int) -> ReportRequest:
    return ReportRequest(REPORT, "POST", f"reports=bookout&vehicleId={number}&name=doc_{number}")


@pytest.mark.parametrize(
    "ask",
    [
        lambda n: f"{REPORT}?vehicleId={n}&reports=bookout",
        lambda n: f"{HOST}/Report/{n}/Bookout.pdf",
        lambda n: f"{HOST}/Report/Vehicle{n}/Bookout.pdf",
        lambda n: f"{REPORT}?a={n}&b=Bookout_{n}.pdf&c={n}",
        lambda n: f"{REPORT}?v={base64_of(n)}",
        lambda n: f"{REPORT}?v={base64_of(n)}".replace("=", "%3D").replace("v%3D", "v="),
        lambda n: f"{REPORT}?v={n:012}",
        lambda n: f"{REPORT}?vin={vehicle(n).vin.lower()}",
        lambda n: f"{REPORT}?stock=S%20{n % 1000}%2FA",
        lambda n: f"{REPORT}?stock=S+{n % 1000}%2FA",
        lambda n: f"{REPORT}?vehicleId={n}&key=k{n * 7919:x}",
        lambda n: f"{REPORT}?vehicleId={n}&token=8a7b6c5d4e3f",
        lambda n: f"{REPORT};id={n}#page=1",
        posted,
    ],
)
def test_known_values_are_filled_in(ask: Callable[[int], ReportRequest | str]) -> None:
    template = learned(ask, NUMBERS)
    assert template is not None
    expected = ask(51234567)
    request = ReportRequest(expected) if isinstance(expected, str) else expected
    assert template.request(facts(51234567)) == request


@pytest.mark.parametrize(
    ("part", "form"),
    [
        (lambda: f"{rng.random()}", r"0\.[0-9]{8,22}"),
        (lambda: f"{rng.randrange(10**8, 10**9)}", "[1-9][0-9]{8}"),
        (lambda: f"{rng.getrandbits(64):016x}", "[0-9a-f]{16}"),
        (lambda: f"{rng.getrandbits(64):016X}", "[0-9A-F]{16}"),
        (
            lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "[0-9a-f-]{14}4[0-9a-f-]{21}",
        ),
        (lambda: f"r{rng.getrandbits(40):x}z", "r[0-9a-z]{6,12}"),
        (lambda: "".join(rng.choices("abXY09_-", k=22)), "[-0-9A-Za-z_]{22}"),
    ],
)
@pytest.mark.parametrize("seed", range(8))
def test_random_part_is_generated_in_the_same_form(
    part: Callable[[], str], form: str, seed: int
) -> None:
    rng.seed(seed)
    template = learned(lambda n: f"{REPORT}?vehicleId={n}&x={part()}&y=1", NUMBERS)
    assert template is not None
    made = {template.request(facts(51234567)) for _ in range(20)}
    assert len(made) > 10
    for request in made:
        assert request is not None
        assert re.fullmatch(
            re.escape(f"{REPORT}?vehicleId=51234567&x=") + form + "&y=1", request.url
        )


@pytest.mark.parametrize("factor", [1, 1000])
def test_time_in_the_address_is_the_current_one(factor: int) -> None:
    clock = iter([time.time() - 40, *(time.time() - 30 + n for n in range(4))])
    template = learned(lambda n: f"{REPORT}?vehicleId={n}&_={int(next(clock) * factor)}", NUMBERS)
    assert template is not None
    request = template.request(facts(51234567))
    assert request is not None
    assert 0 <= time.time() - int(request.url.rpartition("=")[2]) / factor < 10


def test_file_name_is_made_of_number_and_time() -> None:
    clock = iter(range(1000, 9000, 1000))
    now = int(time.time() * 1000)
    template = learned(lambda n: f"{REPORT}?name=bookout_{n}_{now - next(clock)}.pdf", NUMBERS)
    assert template is not None
    request = template.request(facts(51234567))
    assert request is not None
    assert re.fullmatch(r".*\?name=bookout_51234567_[0-9]{13}\.pdf", request.url)


@pytest.mark.parametrize(
    "ask",
    [
        # The session knows which vehicle is meant.
        lambda _: REPORT,
        lambda _: f"{REPORT}?rnd={rng.random()}",
        lambda n: f"{REPORT}?vehicleId={n + 1}&x={'ab'[n % 2]}",
        lambda n: f"{REPORT}?vehicleId={n}&kind={'ab'[n % 2]}",
        lambda n: f"{REPORT}?vehicleId={n}" + "&more=1" * (n % 2),
        lambda n: f"{HOST}{n % 2}/?vehicleId={n}",
        lambda n: ReportRequest(REPORT, "POST" if n % 2 else "GET", f"vehicleId={n}"),
        # It cannot be asked for again, whatever it was.
        lambda _: "",
    ],
)
def test_unclear_addresses_teach_no_template(
    ask: Callable[[int], ReportRequest | str],
) -> None:
    assert learned(ask, NUMBERS) is None


def test_vehicle_with_unknown_values_has_no_request() -> None:
    template = learned(lambda n: f"{REPORT}?vehicleId={n}&key=k{n * 7919:x}", NUMBERS)
    assert template is not None
    assert template.request(facts_of(vehicle(7), "7", f"{HOST}/vehicle/BookOut/7")) is None
    assert template.request(facts_of(vehicle(7), "", f"{HOST}/v?key=k1")) is None


@pytest.mark.parametrize(
    "bad", ["../../Admin", "..", "7&delete=1", "7#x", "7\n8", "", "x" * 101, "\u0667"]
)
def test_only_plain_values_are_put_into_an_address(bad: str) -> None:
    assert "number" not in facts_of(vehicle(7), bad, None)
