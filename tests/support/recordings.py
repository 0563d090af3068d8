"""A recording that is made by hand: what tests of the replay need of a site."""

from __future__ import annotations

import json

from jdp_spider.recording.archive import Exchange, Recorded, Recording

ROOT = "/ValuesOnline/"
LOGIN = f"{ROOT}Home/LicenseAgreement"
VEHICLES = [
    Recorded("4000126", "165548", "1HGCM82633A004352", "bookOutButton_4000126"),
    Recorded("4000127", "165549A", "2HGCM82633A004353", "bookOutButton_4000127"),
]


def row(vehicle: Recorded) -> str:
    """Return the vehicle's row of the grid."""
    return (
        f'<tr class="dxgvDataRow"><td><a id="{vehicle.row}" href="{ROOT}vehicle/BookOut/'
        f'{vehicle.id}">x</a></td><td>{vehicle.reference}</td><td>{vehicle.vin}</td></tr>'
    )


def grid(*vehicles: Recorded) -> str:
    """Return a page of the grid."""
    return f"<table><tr><th>VIN</th></tr>{''.join(map(row, vehicles))}</table><p>end</p>"


def csv(*vehicles: Recorded) -> str:
    """Return the exported inventory."""
    lines = (f"{vehicle.reference},{vehicle.vin},2024\r\n" for vehicle in vehicles)
    return "Reference Number,VIN,Year\r\n" + "".join(lines)


def places(vehicle: Recorded) -> str:
    """Return the texts of a report with their places."""
    texts = [[48, 700, 10, f"Stock #: {vehicle.reference}"], [48, 680, 10, f"VIN: {vehicle.vin}"]]
    page = {"size": [612, 792], "texts": texts}
    nothing = ["", 0]
    described = {"pages": [page], "fields": {}, "before": nothing, "after": nothing, "glued": False}
    return json.dumps(described)


def recording() -> Recording:
    """Return one run through a site with two vehicles, the first of which was looked at."""
    made = Recording(
        base_path=ROOT,
        login_path=f"{LOGIN}?ReturnUrl={ROOT}",
        with_scripts=True,
        vehicles=list(VEHICLES),
        names={"user": "UserName", "password": "Password"},
    )
    first = VEHICLES[0]
    returns = [("ReturnUrl", ROOT)]
    login = [("UserName", "xy"), ("Password", "[hidden]")]
    page, pdf = "text/html; charset=utf-8", "application/pdf"
    add = _Adding(made)
    add("site", "GET", LOGIN, 200, "<form><input type=password></form>", page, query=returns)
    add("login", "POST", LOGIN, 302, "", "", query=returns, form=login, does="login", to=LOGIN)
    add("login", "GET", LOGIN, 200, "<h1>License</h1>", page)
    add("inventory", "GET", f"{ROOT}vehicle/", 200, grid(*VEHICLES), page)
    add("export", "POST", f"{ROOT}vehicle/Export", 200, csv(*VEHICLES), "text/csv")
    searched = [("action", "filter"), ("value", first.reference)]
    add("search", "POST", f"{ROOT}vehicle/Grid", 200, grid(first), page, form=searched)
    add("filter", "POST", f"{ROOT}vehicle/Grid", 200, grid(*VEHICLES), page,
        form=[("action", "filter"), ("value", "")])  # fmt: skip
    add("vehicle", "GET", f"{ROOT}vehicle/BookOut/{first.id}", 200, f"<p>{first.vin}</p>", page)
    report = [("vehicleId", first.id)]
    add("report", "GET", f"{ROOT}Report/GetPdfReport", 202, "<p>wait</p>", page, query=report)
    add("report", "GET", f"{ROOT}Report/GetPdfReport", 200, places(first), pdf, query=report)
    add("logout", "GET", f"{ROOT}Home/Logout", 302, "", "", does="logout", to=LOGIN)
    return made


class _Adding:
    def __init__(self, made: Recording) -> None:
        self._made = made

    def __call__(
        self, step: str, method: str, path: str, status: int, body: str, kind: str, *,
        to: str = "", **values: object,
    ) -> None:  # fmt: skip
        exchange = Exchange(step, 0.0, "document", method, path, status=status, **values)
        exchange.headers = {"content-type": kind} if kind else {"location": to}
        if body:
            number = len(self._made.exchanges)
            ending = {"application/pdf": "pdf.json", "text/csv": "csv"}.get(kind, "html")
            exchange.body = f"bodies/{number:04}.{ending}"
            self._made.files[exchange.body] = body.encode()
        self._made.exchanges.append(exchange)
