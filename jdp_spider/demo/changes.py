"""How the site may have changed, drawn from a seed (``DemoOptions.changed_seed``).

Each change is of one thing that the program looks for, and of one kind: its id, its words, its
place, its address, or how it is made. It works as before for who finds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from random import Random

from jdp_spider.demo.forbidden import extras

ROOT = "/ValuesOnline/"
FORMATS = ("Excel", "PDF", "CSV")
COLUMNS = ("Current Columns", "All Columns")


@dataclass(frozen=True)
class SiteChange:
    """One change of the site."""

    name: str
    """What has changed, as selectors.toml calls it."""
    kind: str
    """id, words, place, address or structure."""
    texts: tuple[tuple[str, str], ...] = ()
    """Old and new text of pages, scripts and style sheets."""
    patterns: tuple[tuple[str, str], ...] = ()
    """The same by regular expressions."""
    path: tuple[str, str] = ("", "")
    """Old and new part of an address, below the site's root."""
    formats: tuple[str, ...] = ()
    """The files of the export menu in their new order."""
    columns: tuple[str, ...] = ()
    """The same of its columns."""


Draw = Callable[[Random], SiteChange]


def _id(name: str, old: str, *new: str) -> Draw:
    return lambda rng: SiteChange(name, "id", ((old, rng.choice(new)),))


def _words(name: str, old: str, template: str, *new: str) -> Draw:
    """Return a change of words; `template` holds them as {}."""
    return lambda rng: SiteChange(
        name, "words", ((template.format(old), template.format(rng.choice(new))),)
    )


def _path(name: str, old: str, *new: str) -> Draw:
    return lambda rng: SiteChange(name, "address", path=(old, rng.choice(new)))


def _made(name: str, *pairs: tuple[str, str]) -> Draw:
    return lambda _: SiteChange(name, "structure", patterns=pairs)


def _texts(name: str, kind: str, *pairs: tuple[str, str]) -> Draw:
    return lambda _: SiteChange(name, kind, pairs)


_LOG_INS = ("Sign In", "Log On", "Continue", "Enter", "Login", "Submit", "Access My Account")
_ACCEPTS = ("I agree to the terms of use", "Accept and continue", "I agree", "Yes, I accept")
_LOG_OUTS = ("Sign Out", "Log Off", "Exit", "Logoff", "End Session")
_INVENTORIES = ("Lot", "Units", "My Vehicles", "Vehicle List", "My Inventory", "Stock", "Vehicles")
_SEARCHES = ("Stock #", "Reference", "Find vehicle", "Stock No.", "Quick Search")
_CLEARS = ("x", "Off", "Reset", "Clear Filter", "Remove filter", "Show All", "Clear all")
_FILTERS = ("Add Filter", "Filter Builder", "Edit Filter...", "Filter", "Custom filter")
_BOOKOUTS = ("Book Out", "Values", "Open", "Get Values", "View", "Vehicle values", "Details")
_EXPORTS = (
    "Tools",
    "Actions",
    "More",
    "Download",
    "Export Data",
    "Export to...",
    "Extract",
    "Export List",
)
_ALLS = ("Extended", "Long list", "All Fields", "Full Details", "Everything", "All", "Complete")
_CSVS = (
    "Plain text",
    "Spreadsheet (.csv)",
    "Comma separated",
    "CSV File",
    "Text (CSV)",
    "Comma-Delimited (*.csv)",
    ".csv",
)
_REPORTS = (
    "Output", "Print Center", "Print Reports", "Reports", "Print", "Reports...", "Print / Email",
    "Documents", "View Reports",
)  # fmt: skip
_PDFS = (
    "OK", "Continue", "Run", "Generate PDF", "Download Report", "Print", "View PDF", "Save as PDF",
    "Open Report", "Get PDF",
    "Create Report", "Print Report", "Download",
)  # fmt: skip

_LOG_IN = r'<button id="loginButton" type="submit" class="button">([^<]*)</button>'
_BOX = r'(?s)<label class="check">\s*<input id="agreementCheckBox"[^>]*>(.*?)</label>'
_CREATE = r'<button type="button" class="button" id="createPdfButton">([^<]*)</button>'

KINDS: dict[str, tuple[Draw, ...]] = {
    "user_name": (
        _id("user_name", "usernameInput", "txtUserId", "loginName", "ctl00_User", "Username"),
        _words(
            "user_name", "User Name", 'for="usernameInput">{}<', "User ID", "Login ID", "Email"
        ),
        _made("user_name", (r'<input id="usernameInput" ', "<input ")),
        _texts("user_name", "structure", ('>User Name<', '>Account<'), ("usernameInput", "f1")),
    ),
    "password": (
        _id("password", "passwordInput", "txtPassword", "pwd", "ctl00_Secret"),
        _made("password", (r'<input id="passwordInput" ', "<input ")),
    ),
    "log_in": (
        _id("log_in", "loginButton", "btnSignIn", "submitLogin", "logonBtn", "go1"),
        lambda rng: SiteChange("log_in", "words", (
            ("loginButton", "btn_1"),
            ('class="button">Log In<', f'class="button">{rng.choice(_LOG_INS)}<'),
        )),
        _made("log_in", (_LOG_IN, r'<input type="submit" class="button" value="\1">')),
        _made("log_in", (
            _LOG_IN, '<button type="submit" class="b9" aria-label="Go">&rarr;</button>'
        )),
    ),
    "licence": (
        _id("licence", "agreementCheckBox", "termsCheckBox", "chkAccept", "eulaBox"),
        lambda rng: SiteChange("licence", "words", (
            ("agreementCheckBox", "box1"),
            ("I have read the agreement and accept it", rng.choice(_ACCEPTS)),
        )),
        _made("licence", (_BOX, (
            '<button type="submit" class="button" name="Agreement" value="true">I Accept</button>'
        ))),
        _made("licence", (_BOX, (
            '<p>I have read the agreement and accept it</p><input id="c1" type="checkbox" '
            'name="Agreement" value="true" onchange="this.form.submit()">'
        ))),
    ),
    "log_out": (
        _id("log_out", "btnLogout", "signOutLink", "lnkExit", "ctl00_Leave"),
        lambda rng: SiteChange("log_out", "words", (
            ("btnLogout", "lnk2"), (">Log Out<", f">{rng.choice(_LOG_OUTS)}<"),
        )),
        _made("log_out", (r'<a id="btnLogout"', "<a")),
        _made("log_out", (r'<a id="btnLogout" href="([^"]*)">[^<]*</a>',
                          r'<a class="i4" title="Sign out" href="\1">&#9211;</a>')),
    ),
    "inventory_link": (
        _texts("inventory_link", "address",
               ('href="/ValuesOnline/vehicle/"', 'href="/ValuesOnline/vehicle/?from=menu"')),
        lambda rng: SiteChange("inventory_link", "words", (
            ('href="/ValuesOnline/vehicle/">Inventory<',
             f'href="/ValuesOnline/vehicle/?tab=1">{rng.choice(_INVENTORIES)}<'),
        )),
    ),
    "login_path": (
        _path("login_path", "Home/LicenseAgreement", "Account/Login", "Home/SignIn", "Auth/Index"),
    ),
    "inventory_path": (
        _path("inventory_path", "vehicle/", "inventory/", "stock/", "MyVehicles/", "lot/"),
    ),
    "report_mark": (
        _path("report_mark", "Report/GetPdfReport", "Report/MakePdf", "Print/Bookout",
              "Output/Pdf"),
    ),
    "search": (
        _id("search", "StockNumberInput", "txtStock", "searchBox", "stockFilter", "gridSearch"),
        lambda rng: SiteChange("search", "words", (
            ("StockNumberInput", "field7"),
            ('for="field7">Stock Number<', f'for="field7">{rng.choice(_SEARCHES)}<'),
        )),
        _made("search", (r'<label for="StockNumberInput">[^<]*</label>', ""),
              (r'id="StockNumberInput" type="text"',
               'id="StockNumberSearch" type="search" placeholder="Search by stock number"'),
              (r"StockNumberInput", "StockNumberSearch")),
        _made("search", (r'<label for="StockNumberInput">[^<]*</label>', ""),
              (r'id="StockNumberInput" type="text"',
               'id="q" type="text" placeholder="Type to find..."'), (r"StockNumberInput", "q")),
    ),
    "search_function": (
        _id("search_function", "vehicleGridViewFilterChanged", "vehicleGridFilter", "applySearch",
            "gridSearchChanged", "onFilterChange"),
    ),
    "search_field": (
        _texts("search_field", "words", ('{ StockNumber: "', '{ Stock: "'),
               ('("StockNumber")', '("Stock")')),
        _texts("search_field", "words", ('{ StockNumber: "', '{ RefNo: "'),
               ('("StockNumber")', '("RefNo")')),
    ),
    "filter_on": (
        _id("filter_on", "dxgvFilterBarLink", "dxgvFilterAction", "filterLink", "dx-link"),
        _texts("filter_on", "id", ("GVClearFilter", "GVResetFilter")),
        lambda rng: SiteChange("filter_on", "words", (
            ("GVClearFilter", "GVNoFilter"), (">Clear<", f">{rng.choice(_CLEARS)}<"),
        )),
    ),
    "filter_off": (
        _texts("filter_off", "id", ("GVShowFilterControl", "GVFilterBuilder")),
        lambda rng: SiteChange("filter_off", "words", (
            ("GVShowFilterControl", "GVEdit"), (">Create Filter<", f">{rng.choice(_FILTERS)}<"),
        )),
    ),
    "bookout": (
        _id("bookout", "bookOutButton_", "openVehicle_", "bkout_", "v_", "lnkValues_"),
        lambda rng: SiteChange("bookout", "words", (
            ('title="Bookout"', f'title="{rng.choice(_BOOKOUTS)}"'),
        )),
        _made("bookout", (r'<a id="bookOutButton_(\d+)" title="Bookout"',
                          r'<a class="bookLink" data-vehicle="\1"')),
        lambda rng: SiteChange("bookout", "structure", patterns=(
            (r'<a id="bookOutButton_(\d+)" title="Bookout"', r'<a id="r\1"'),
            (r'<img title="Bookout" src="[^"]*" alt="Bookout" width="20" height="20">',
             rng.choice(_BOOKOUTS)),
        )),
        _made("bookout", (r'<a id="bookOutButton_(\d+)" title="Bookout"', r'<a class="c3"'),
              (r'<img title="Bookout" src="([^"]*)" alt="Bookout"', r'<img src="\1" alt=""')),
        _path("bookout", "vehicle/BookOut", "vehicle/Values", "vehicle/Details", "vehicle/Open"),
    ),
    "export_menu": (
        _id("export_menu", "primaryMenu_DXI4_", "primaryMenu_DXI6_", "primaryMenu_DXI3_", "mnuX_"),
        lambda rng: SiteChange("export_menu", "words", (
            ("primaryMenu_DXI4_T", "primaryMenu_DXI5_T"),
            ('tabindex="0">Export<', f'tabindex="0">{rng.choice(_EXPORTS)}<'),
        )),
    ),
    "export_all_columns": (
        _id("export_all_columns", "primaryMenu_DXI4i1_", "primaryMenu_DXI4i5_", "mnuAll_"),
        lambda rng: SiteChange("export_all_columns", "words", (
            ("primaryMenu_DXI4i1_T", "mnuColumns_T"),
            ('tabindex="0">All Columns<', f'tabindex="0">{rng.choice(_ALLS)}<'),
        )),
        lambda _: SiteChange("export_all_columns", "place", columns=COLUMNS[::-1]),
    ),
    "export_csv": (
        _id("export_csv", "primaryMenu_DXI4i1i2_", "primaryMenu_DXI4i1i7_", "mnuCsv_"),
        lambda rng: SiteChange("export_csv", "words", (
            ("primaryMenu_DXI4i1i2_", "mnuText_"),
            ('class="dxm-content">CSV<', f'class="dxm-content">{rng.choice(_CSVS)}<'),
        )),
        lambda _: SiteChange("export_csv", "place", formats=("CSV", "Excel", "PDF")),
        lambda _: SiteChange("export_csv", "place", formats=("Excel", "CSV", "PDF")),
    ),
    "reports": (
        _id("reports", "reportButton", "printButton", "rptBtn", "btnDocs"),
        lambda rng: SiteChange("reports", "words", (
            ('class="reportButton button">Print/Email Reports<',
             f'class="printing button">{rng.choice(_REPORTS)}<'),
            (".reportButton:not(.requiresVehicle)", ".printing"),
        )),
        # What was the other one's mark is this one's now.
        _texts("reports", "structure",
               ('"reportButton requiresVehicle button quiet"',
                '"reportButton button quiet sticker"'),
               ('"reportButton button">Print', '"reportButton requiresVehicle button">Print'),
               (".reportButton.requiresVehicle", ".reportButton.sticker"),
               (".reportButton:not(.requiresVehicle)",
                ".reportButton.requiresVehicle:not(.extra)")),
    ),
    "create_pdf": (
        lambda rng: SiteChange("create_pdf", "words", (
            (">Create PDF<", f">{rng.choice(_PDFS)}<"),
        )),
        lambda rng: SiteChange(
            "create_pdf", "structure", patterns=((_CREATE, (
                '<input type="button" class="button" id="createPdfButton" '
                f'value="{rng.choice(_PDFS)}">'
            )),),
        ),
        _texts("create_pdf", "structure",
               ('id="createPdfButton">Create PDF<', 'id="makeIt" title="Create the report">OK<'),
               ('ById("createPdfButton")', 'ById("makeIt")'),
               ('byId("createPdfButton")', 'byId("makeIt")')),
    ),
}  # fmt: skip
"""By name, what may happen to it."""


@dataclass(frozen=True)
class SiteChanges:
    """All changes of one site."""

    of: tuple[SiteChange, ...] = ()
    formats: tuple[str, ...] = FORMATS
    columns: tuple[str, ...] = COLUMNS
    extras: dict[str, str] = field(default_factory=dict)
    """What must never be clicked, as HTML, by where it stands."""

    def changed(self, text: str) -> str:
        """Return a page, script or style sheet as the changed site has it."""
        for each in self.of:
            for pattern, new in each.patterns:
                text = re.sub(pattern, new, text)
            for old, new in each.texts:
                text = text.replace(old, new)
        return self.new_path(text)

    def new_path(self, text: str) -> str:
        """Return a text with the new addresses."""
        for old, new in self._paths():
            # Also of a server's routes that are in lower case.
            text = text.replace(old, new)
            text = text.replace(f"{ROOT}{old}".lower(), f"{ROOT}{new}".lower())
        return text

    def old_path(self, text: str) -> str:
        """Return an address as it was before."""
        for old, new in reversed(self._paths()):
            # A server of this kind does not tell upper from lower case.
            text = re.sub(re.escape(f"{ROOT}{new}"), f"{ROOT}{old}", text, flags=re.IGNORECASE)
        return text

    def _paths(self) -> list[tuple[str, str]]:
        # The longest first: one may be within another.
        return sorted((each.path for each in self.of if each.path[0]), key=lambda p: -len(p[0]))


@cache
def draw(seed: int | None, number: int) -> SiteChanges:
    """Return so many changes of different things, always the same for a seed; none without one."""
    if seed is None:
        return SiteChanges()
    rng = Random(seed)
    names = list(KINDS)
    if number == 1:
        # Each thing and kind in turn, so that a hundred seeds have them all.
        singles = [(name, kind) for name in names for kind in KINDS[name]]
        chosen = [singles[seed % len(singles)]]
    else:
        chosen = [(name, rng.choice(KINDS[name])) for name in rng.sample(names, number)]
    changes = tuple(kind(rng) for _, kind in chosen)
    formats = next((each.formats for each in changes if each.formats), FORMATS)
    columns = next((each.columns for each in changes if each.columns), COLUMNS)
    return SiteChanges(changes, formats, columns, extras(rng))
