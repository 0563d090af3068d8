"""What came instead of a file."""

from __future__ import annotations

import pytest

from jdp_spider.pages.errors import LoggedOut, Maintenance, ServerError
from jdp_spider.pages.file_request import Answer, ReportRequest
from jdp_spider.pages.site import Site
from jdp_spider.pages.trouble import RequestBlocked, asks_to_wait, body_of, trouble_in

SITE = Site("https://site.example/ValuesOnline/")
LONG = b"<p>Too many requests</p>" + b"<p>A page of the site.</p>" * 200


def came(body: bytes, status: int = 200, address: str = "Report", **headers: str) -> bytes:
    answer = Answer(status, f"{SITE.base_url}{address}", headers, body, ReportRequest(""))
    return body_of(answer, SITE, "the report of vehicle A1")


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.4 too many requests",
        b"Reference Number,Comment\n1,Too many requests\n",
        b"<p>Your report could not be made</p>",
        b"<script>'too many requests'</script><p>No such report</p>",
        b"<p>News: planned prices</p>",
        b"<p>Error 5: please wait a few seconds and try again</p>",
        b"<p>Too many vehicles have this VIN</p>",
        b"<h1>Access Denied</h1><p>You may not create reports. Stock reference # A1</p>",
        b"<p>The requested URL was rejected.</p>" + b"<p>A page of the site.</p>" * 200,
        b"<!-- too many requests -->%PDF-1.4 too many requests",
        LONG,
        b"",
    ],
)
def test_what_speaks_of_no_trouble_is_left_to_the_reader(body: bytes) -> None:
    assert came(body) == body


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><h1>Too Many  Requests</h1>Slow down", ServerError),
        (b"\xef\xbb\xbf\n<p>Your rate&nbsp;limit is used up", ServerError),
        (b"<title>Down for maintenance</title>", Maintenance),
        (b"<p>We'll be <b>back</b> soon.</p>", Maintenance),
    ],
)
def test_page_that_asks_to_come_later_is_no_report(body: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="report of vehicle A1"):
        came(body)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("You are creating reports too quickly. Please wait a few seconds and try again.", None),
        ("Please slow down.", None),
        ("An error occurred: you ask too fast. Values of 9 minutes ago.", None),
        ("Too many reports. Try again in 30 seconds.", 30),
        ("Too many requests. Please wait another 2 minutes.", 120),
        ("Busy. Wait a couple of minutes.", None),
    ],
)
def test_page_that_asks_to_wait_asks_for_a_pause(text: str, seconds: float | None) -> None:
    with pytest.raises(ServerError) as raised:
        came(f"<h1>Please wait</h1><p>{text}</p>".encode())
    assert (raised.value.status, raised.value.retry_after) == (429, seconds)
    start = "The report of vehicle A1: the site asks to wait; the page says: Please wait"
    assert str(raised.value).startswith(start)


@pytest.mark.parametrize(
    "text",
    [
        "Request Rejected</h1><p>The requested URL was rejected. Please consult with your admin.",
        "Request Rejected</h1><p>Ask your dealership.<br>Your support ID is: 1234567890",
        "Access Denied</h1>You don't have permission.<p>Reference&#32;&#35;18.2d351ab8.1557333295",
        "Sorry, you have been blocked</h1><h2>You are unable to access site.example</h2>",
        "Access Denied</h1>Error 15. This request was blocked by our security service",
        "</h1><iframe>Request unsuccessful. Incapsula incident ID: 8770002-388</iframe>",
    ],
)
def test_page_of_a_firewall_refuses_what_was_asked_for(text: str) -> None:
    with pytest.raises(RequestBlocked) as raised:
        came(f"<h1>{text}</p>".encode())
    assert (raised.value.status, raised.value.retry_after) == (403, None)
    start = "The report of vehicle A1: the firewall of the site refuses it; the page says: "
    assert str(raised.value).startswith(start)


@pytest.mark.parametrize("at_login", [True, False])
def test_login_is_not_sent_again_for_words_about_its_attempts(at_login: bool) -> None:
    found = trouble_in("You try to log in too quickly.", "Login", at_login=at_login)
    assert (found is None) == at_login
    assert trouble_in("Too many requests", "Login", at_login=at_login) is not None


SCRIPT = b"<script src=own.js></script>"


@pytest.mark.parametrize(
    ("page", "waits"),
    [
        (b"<h3>Your report is being generated. Please wait.</h3>" + SCRIPT, True),
        (b"<h3>Your report is being generated. Wait 5 seconds.</h3>" + SCRIPT, True),
        (b"<h3>Please wait. You ask too quickly.</h3>" + SCRIPT, False),
        (b"<title>Values</title><h3>Generating...</h3><script>later()</script>", True),
        (b"<h3>Your report is being generated.</h3>", False),
        (b"<h3>An error occurred while processing your request.</h3>" + SCRIPT, False),
        (b"<h3>We are working on it, and will be back shortly.</h3>" + SCRIPT, False),
        (b"<h3>Home</h3><script>'Please wait'</script>", False),
        (b"<h3>Please wait</h3>" + SCRIPT + LONG, False),
        (b"%PDF-1.4 Please wait" + SCRIPT, False),
    ],
)
def test_page_with_a_script_that_asks_to_wait_goes_on(page: bytes, waits: bool) -> None:
    assert asks_to_wait(page) is waits


def test_error_and_login_are_raised() -> None:
    with pytest.raises(ServerError) as raised:
        came(b"", 503, **{"retry-after": "7"})
    assert raised.value.retry_after == 7
    with pytest.raises(LoggedOut):
        came(b"<p>Log in</p>", address=SITE.login_url.removeprefix(SITE.base_url))
