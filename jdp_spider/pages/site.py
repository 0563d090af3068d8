"""What is known of the site, in one place: addresses, selectors, and time limits.

docs/site-facts.md says how sure each is, by its number. Where the site has changed, a user replaces
a value by a line in `selectors.toml`, without touching code.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from jdp_spider.pages import origin
from jdp_spider.pages.errors import PageChanged, SiteMoved
from jdp_spider.pages.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jdp_spider.pages.seen import Fingerprints


def _known(value: str, purpose: str) -> Any:
    return dataclasses.field(default=value, metadata={"purpose": purpose})


@dataclass(frozen=True)
class Site:
    """One site: what the pages look for there, and the limits of their waits.

    Everything with a purpose is a name in `selectors.toml`; docs/selectors.md lists them.
    """

    base_url: str
    page_timeout: float = 60.0
    """Seconds one page, or one step on it, may take."""
    report_timeout: float = 120.0
    """Seconds the making of a report may take."""
    login_hosts: tuple[str, ...] = ()
    """Further hosts that may have login, licence and logout."""
    http_hosts: tuple[str, ...] = ()
    """Hosts to which the password may be sent unencrypted, besides this computer."""
    most_report: int = 50_000_000
    """Bytes of a report."""
    most_export: int = 100_000_000
    """Bytes of an exported inventory."""

    fingerprints: Fingerprints | None = dataclasses.field(default=None, compare=False, repr=False)
    """Records what the elements of the site look like; None: nothing is recorded."""
    patience: Patience = dataclasses.field(default_factory=Patience, compare=False, repr=False)

    # Addresses below the base address (site fact F1).
    login_path: str = _known(
        "Home/LicenseAgreement?ReturnUrl=/ValuesOnline/", "address of login and licence"
    )
    inventory_path: str = _known("vehicle/", "address of the inventory")
    report_mark: str = _known("GetPdfReport", "part of a report's address")
    logout_path: str = "Home/Logout"
    """Address of the logout, used if no page has shown one (site fact F27)."""

    # Login and licence stand on the same address, one after the other (site facts F2 and F3).
    user_name: str = _known("#usernameInput", "to type the user name into")
    password: str = _known("#passwordInput", "to type the password into")
    log_in: str = _known("#loginButton", "to send the login")
    licence: str = _known("#agreementCheckBox", "to accept the licence")
    log_out: str = _known("#btnLogout", "to end the session")
    inventory_link: str = _known("a[href$='/vehicle/']", "leads to the inventory")

    # Inventory (site facts F4, F6 and F8; where the rows stand is not known: F10).
    search: str = _known("#StockNumberInput", "to search for a reference")
    search_function: str = _known(
        "vehicleGridViewFilterChanged", "function of the page that applies the search"
    )
    search_field: str = _known("StockNumber", "what that function is told to search in")
    filter_on: str = _known(
        "a.dxgvFilterBarLink[onclick*='ClearFilter']", "to take off a filter that is on"
    )
    filter_off: str = _known(
        "a.dxgvFilterBarLink[onclick*='ShowFilterControl']", "says that no filter is on"
    )
    bookout: str = _known(
        "a[id^='bookOutButton_'][title='Bookout']", "opens a vehicle from its row"
    )

    # Export menu, one below the other; it needs the style sheet (site fact F13).
    export_menu: str = _known("#primaryMenu_DXI4_T", "opens the export menu")
    export_all_columns: str = _known("#primaryMenu_DXI4i1_T", "all columns, in the export menu")
    export_csv: str = _known("#primaryMenu_DXI4i1i2_", "CSV, below all columns")

    # Vehicle (site fact F17).
    reports: str = _known("button.reportButton:not(.requiresVehicle)", "opens the reports dialog")
    create_pdf: str = _known("text:Create PDF", "creates the PDF, in the reports dialog")

    @property
    def page_ms(self) -> float:
        """Return the limit for a page in Playwright's unit, milliseconds."""
        return self.page_timeout * 1000

    @property
    def login_url(self) -> str:
        """Return the address of login and licence."""
        return urljoin(self.base_url, self.login_path)

    @property
    def inventory_url(self) -> str:
        """Return the address of the inventory."""
        return urljoin(self.base_url, self.inventory_path)

    @property
    def filter_bar(self) -> str:
        """Return one selector for the filter bar, with a filter on or not."""
        return f"{self.filter_on}, {self.filter_off}"

    @property
    def has_dialog(self) -> bool:
        """Return False if the button that opens the reports dialog creates the PDF itself."""
        return self.reports != self.create_pdf

    def selectors(self, *names: str) -> list[str]:
        """Return the values of these names."""
        return [getattr(self, name) for name in names]

    def changed(
        self, where: str, *names: str, purpose: str = "", problem: str = "found no {it}"
    ) -> PageChanged:
        """Return the error that nothing for these names appeared in time on the page `where`."""
        purposes = purpose or ", or ".join(PURPOSES[name] for name in names)
        values = ", ".join(self.selectors(*names))
        return PageChanged(where, ", ".join(names), values, purposes, problem)

    def comes_from(self, address: str) -> str | None:
        """Return the page on which a person would find the link to an address of the site.

        It is sent as the referrer: some sites lead whoever comes from nowhere back to a menu.
        """
        if not self.is_own(address):
            return None
        return self.base_url if address == self.inventory_url else self.inventory_url

    def is_own(self, address: str) -> bool:
        """Return whether an address is at the site's own origin."""
        return origin.is_own(self.base_url, address)

    def is_login_host(self, address: str) -> bool:
        """Return whether an address is at another host that login, licence and logout may use."""
        return not self.is_own(address) and origin.is_login_host(
            self.base_url, address, self.login_hosts, self.http_hosts
        )

    def is_login(self, address: str) -> bool:
        """Return whether an address is that of login and licence, or at a host only for them."""
        # Servers of this kind do not tell upper from lower case.
        path = urlsplit(self.login_url).path.casefold()
        is_there = self.is_own(address) and urlsplit(address).path.casefold() == path
        return is_there or self.is_login_host(address)

    def is_report(self, address: str) -> bool:
        """Return whether an address is that of a report.

        What follows the path at other hosts may only speak of one, as what is sent to statistics.
        """
        named = address if self.is_own(address) else urlsplit(address).path
        return self.report_mark.casefold() in named.casefold()

    def moved(self, where: str, address: str) -> SiteMoved:
        """Return the error that the page `where`, or its form, leads to the origin of `address`."""
        found, own = origin.origin_of(address), origin.origin_of(self.base_url)
        if found is None:
            return SiteMoved(where, f"{address.partition(':')[0]}:", str(own))
        return SiteMoved(where, str(found), str(own), self._lines_for(found))

    def _lines_for(self, found: origin.Origin) -> tuple[str, ...]:
        """Return the lines for `.env` that allow an origin; none if it cannot be allowed."""
        if found.scheme == "http" and self.base_url.startswith("https:"):
            return ()
        path = urlsplit(self.base_url).path
        hosts = ",".join(dict.fromkeys((*self.login_hosts, found.host)))
        lines = (f"JDP_LOGIN_HOSTS={hosts}", f"JD_BASE_URL={found}{path}")
        if origin.may_use_http(str(found), self.http_hosts):
            return lines
        more = ",".join((*self.http_hosts, found.host))
        return tuple(f"{line} and JDP_HTTP_HOSTS={more}" for line in lines)

    def with_changes(self, changes: Mapping[str, str]) -> Site:
        """Return this site with what `selectors.toml` says."""
        values: dict[str, Any] = dict(changes)
        return dataclasses.replace(self, **values)


PURPOSES: dict[str, str] = {
    spec.name: spec.metadata["purpose"]
    for spec in dataclasses.fields(Site)
    if "purpose" in spec.metadata
}
"""Every name that `selectors.toml` may contain, with its purpose."""

# Asset addresses that a vehicle's page does without. Scripts are needed, and so are style sheets:
# without them, what they hide would be seen and clicked.
BLOCKED_ASSETS = tuple(
    f"*.{ending}{tail}"
    for ending in ("png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "bmp", "woff",
                   "woff2", "ttf", "otf", "eot", "mp4", "webm", "mp3")
    for tail in ("", "?*")
)  # fmt: skip
