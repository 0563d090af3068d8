from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from jdp_spider.demo.__main__ import _options, _parser, main
from jdp_spider.demo.faults import Fault
from jdp_spider.demo.options import DemoOptions
from jdp_spider.demo.running import running_demo

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-W", "error", "-m", "jdp_spider.demo"]


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as started:
        try:
            yield started
        finally:
            started.kill()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal to send to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_runs_until_a_signal(number: signal.Signals) -> None:
    with process("--vehicles", "3", "--user", "Zoë") as site:
        assert site.stdout
        printed = [site.stdout.readline() for _ in range(3)]
        assert printed[0].startswith("Demo site ready: http://127.0.0.1:")
        assert printed[0].endswith("/ValuesOnline/\n")
        assert printed[1] == "User name: Zo\\xeb  Password: demo-password\n"
        site.send_signal(number)
        assert site.wait(10) == 0
        assert site.communicate() == ("", "")


def test_demo_ends_with_its_standard_input() -> None:
    with process("--exit-with-stdin") as site:
        assert site.stdout
        assert site.stdout.readline().startswith("Demo site ready")
        _, errors = site.communicate(timeout=10)
        assert (site.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fault", "report:torn"], "fault must be one of status-403, "),
        (["--fault", "cut"], "a fault must be KIND:WHAT[:RATE][:TIMES], got 'cut'"),
        (["--renamed", "loginbutton"], "renamed must be one of usernameInput, "),
        (["--password-state", "lost"], "invalid choice: 'lost'"),
    ],
)
def test_unknown_words_are_usage_errors(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err


def test_faults_and_behaviours_from_the_command_line() -> None:
    given = ["--fault", "report:cut:0.1", "--fault", "any:slow:0.5:always", "--session-lock"]
    given += ["--report-address", "session", "--renamed", "loginButton", "btnLogout"]
    assert _options(_parser().parse_args(given)) == DemoOptions(
        faults=(Fault("report", "cut", 0.1), Fault("any", "slow", 0.5, times=None)),
        session_lock=True,
        report_address="session",
        renamed=("loginButton", "btnLogout"),
    )


def test_port_in_use_is_one_clear_line() -> None:
    with running_demo(DemoOptions(vehicles=1)) as other:
        port = other.base_url.split(":")[2].split("/")[0]
        done = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, check=False
        )
        with (
            pytest.raises(OSError) as refused,  # noqa: PT011 - its text is the system's
            running_demo(DemoOptions(port=int(port))),
        ):
            pass
    assert refused.value.errno == errno.EADDRINUSE
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"Cannot open 127.0.0.1:{port} (in use?)")
    assert done.stderr.count("\n") == 1
