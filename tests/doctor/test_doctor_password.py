"""What the doctor says about a password that cannot be kept out of logs."""

from __future__ import annotations

import asyncio
import os

import pytest
from scrapy.settings import Settings

from jdp_spider.config.dotenv import ENV_FILE
from jdp_spider.doctor.context import DoctorContext
from jdp_spider.doctor.environment import check_settings
from jdp_spider.doctor.findings import FAIL, PASS, WARN
from jdp_spider.reasons import ExitStatus


@pytest.mark.parametrize(
    ("password", "mark", "status"),
    [
        ("abc", FAIL, ExitStatus.USAGE),
        ("7~\xe4", FAIL, ExitStatus.USAGE),
        ("kind", WARN, ExitStatus.COMPLETE),
        ("2026-11-25", WARN, ExitStatus.COMPLETE),
        ("a~1%\xe4", WARN, ExitStatus.COMPLETE),
        ("Summer2026", PASS, ExitStatus.COMPLETE),
        ("marked-Passw0rd$#", PASS, ExitStatus.COMPLETE),
    ],
)
def test_password_that_cannot_be_masked_is_reported(
    password: str, mark: str, status: ExitStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENV_FILE, os.devnull)
    account = {"JD_USER": "me", "JD_PASS": password, "JD_BASE_URL": "http://127.0.0.1/"}
    finding = asyncio.run(check_settings(DoctorContext(Settings(account), print)))
    assert (finding.mark, finding.status) == (mark, status)
    assert bool(finding.advice) is (mark != PASS)
    assert password not in str(finding)
