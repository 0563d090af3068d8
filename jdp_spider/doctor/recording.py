"""The recording that comes of a run of the doctor, and what is said of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from jdp_spider.doctor.cleaning import Cleaning
from jdp_spider.doctor.findings import wrapped
from jdp_spider.job.folder import storage_error
from jdp_spider.pages.origin import origin_of
from jdp_spider.pages.rows import UnmatchedVehicles
from jdp_spider.pages.site import PURPOSES
from jdp_spider.recording.archive import Recorded, Recording
from jdp_spider.scrubbing.scrubber import Scrubber
from jdp_spider.scrubbing.vocabulary import Vocabulary
from jdp_spider.utils import cli
from jdp_spider.utils.text import to_ascii

if TYPE_CHECKING:
    from jdp_spider.doctor.context import DoctorContext
    from jdp_spider.doctor.recorder import Recorder
    from jdp_spider.inventory import Vehicle
    from jdp_spider.pages.rows import Row

_VIN = 17
_MOST_SWEPT = 100
"""Vehicles up to which all are looked for in any spelling; of more, those whose rows were seen."""


def save_recording(doctor: DoctorContext, checks: list[tuple[str, str]]) -> None:
    """Write what was recorded, and say what is in it."""
    recorder = doctor.recorder
    if recorder is None or not recorder.exchanges:
        return
    recording = recording_of(doctor, recorder, checks)
    path = to_ascii(str(recorder.path))
    try:
        recording.save(recorder.path)
    except OSError as error:
        doctor.say(f"\nThe recording could not be saved: {storage_error(error)}")
        return
    doctor.say(f"\nRecorded in {path}:")
    for line in listed(recording, recorder.path.stat().st_size):
        doctor.say(wrapped(f"  {line}", 4))
    look = cli.scrapy(f"doctor --show {cli.quoted(str(recorder.path))}")
    doctor.say(f"Look at it before you send it: {to_ascii(look)}")


def recording_of(
    doctor: DoctorContext, recorder: Recorder, checks: list[tuple[str, str]]
) -> Recording:
    """Return what was recorded, without what is private."""
    site = doctor.site
    more = [getattr(site, name) for name in doctor.selectors]
    scrubber = Scrubber(Vocabulary(more, recorder.platform))
    scrubber.known.learn(doctor.config.user)
    scrubber.known.learn_words(*recorder.hidden)
    rows = _rows(doctor)
    seen = {vehicle for _, vehicle in rows}
    for vehicle in doctor.vehicles or ():
        is_swept = vehicle in seen or len(doctor.vehicles or ()) <= _MOST_SWEPT
        scrubber.known.learn(vehicle.reference, is_swept=is_swept)
        if len(vehicle.vin) == _VIN:
            scrubber.known.learn_vin(vehicle.vin, is_swept=is_swept)
    scrubber.known.learn(*(row.vehicle_id for row, _ in rows))
    cleaning = Cleaning(scrubber, str(origin_of(site.base_url)), with_scripts=recorder.with_scripts)
    others = [each for each in doctor.vehicles or () if each not in seen]
    if doctor.second_rows:
        # Further pages of the grid were not gone through: their vehicles could not be found.
        cleaning.not_listed = [name for each in others for name in (each.reference, each.vin)]
        others = []
    made = Recording(
        base_path=scrubber.code(urlsplit(site.base_url).path),
        login_path=cleaning.path(site.login_url),
        with_scripts=recorder.with_scripts,
        checks=checks,
        dialogs=[(kind, scrubber.text(text)) for kind, text in recorder.dialogs],
        selectors={name: scrubber.code(getattr(site, name)) for name in PURPOSES},
        names=_names_of_fields(doctor, recorder, scrubber),
    )
    made.vehicles = [_recorded(scrubber, vehicle, row) for row, vehicle in rows]
    made.vehicles += [_recorded(scrubber, vehicle, None) for vehicle in others]
    _mark_login(doctor, recorder)
    # A page may name an origin long before anything is asked for there.
    for raw in recorder.exchanges:
        cleaning.know(raw.url)
    for raw in recorder.exchanges:
        cleaning.add(raw, made)
    for number, (step, html) in enumerate(recorder.pages, 1):
        made.files[f"pages/{number:02}-{step}.html"] = cleaning.page(html).encode()
    made.counts = dict(sorted((scrubber.counts + cleaning.left_out).items()))
    return made


def _rows(doctor: DoctorContext) -> list[tuple[Row, Vehicle]]:
    """Return the rows of both pages of the grid, each with its vehicle."""
    known = {vehicle for _, vehicle in doctor.tied}
    untied = UnmatchedVehicles(each for each in doctor.vehicles or () if each not in known)
    found = ((row, untied.take(row)) for row in doctor.second_rows)
    return [*doctor.tied, *((row, each) for row, each in found if each is not None)]


def _recorded(scrubber: Scrubber, vehicle: Vehicle, row: Row | None) -> Recorded:
    return Recorded(
        id=scrubber.stand_in_of(row.vehicle_id) if row and row.vehicle_id else "",
        reference=scrubber.stand_in_of(vehicle.reference),
        vin=scrubber.stand_in_of(vehicle.vin) if vehicle.vin else "",
        row=scrubber.code(row.id) if row else "",
    )


def _mark_login(doctor: DoctorContext, recorder: Recorder) -> None:
    """Mark the request that sent the password; where that is not seen, the last one sent."""
    sent = [raw for raw in recorder.exchanges if raw.step == "login" and raw.method != "GET"]
    password = doctor.config.password
    holding = [raw for raw in sent if password in unquote_plus(raw.sent)]
    for raw in (holding or sent)[-1:]:
        raw.does = "login"


def _names_of_fields(
    doctor: DoctorContext, recorder: Recorder, scrubber: Scrubber
) -> dict[str, str]:
    """Return by which names the login was sent, as far as it was a form's."""
    found = {}
    values = {"user": doctor.config.user, "password": doctor.config.password}
    for raw in recorder.exchanges:
        for name, value in parse_qsl(raw.sent, keep_blank_values=True):
            kinds = (kind for kind, known in values.items() if value == known)
            found.update({kind: scrubber.code(name) for kind in kinds})
    return found


def listed(recording: Recording, size: int) -> list[str]:
    """Return the lines that say what a recording holds."""
    kinds = Counter(name.partition("/")[0] for name in recording.files)
    replaced = {n: c for n, c in recording.counts.items() if not n.startswith("left out")}
    left_out = {n[10:]: c for n, c in recording.counts.items() if n.startswith("left out")}
    return [
        f"{len(recording.exchanges)} requests and answers, {kinds['bodies']} of them with contents",
        f"{kinds['pages']} pages as they stood, {len(recording.vehicles)} vehicles of the grid",
        f"replaced: {_counted(replaced)}",
        f"left out: {_counted(left_out)}",
        f"{size / 1000:.0f} kB",
    ]


def _counted(counts: dict[str, int]) -> str:
    return (
        ", ".join(f"{count} x {re.sub('[^ -~]', '', name)}" for name, count in counts.items())
        or "nothing"
    )
