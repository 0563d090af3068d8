"""Selectors that the site may have renamed (``DemoOptions.renamed``)."""

from __future__ import annotations

RENAMES = {
    "usernameInput": ("usernameInput", "userField"),
    "passwordInput": ("passwordInput", "secretField"),
    "loginButton": ("loginButton", "signInButton"),
    "agreementCheckBox": ("agreementCheckBox", "termsCheckBox"),
    "inventoryLink": ('href="/ValuesOnline/vehicle/"', 'href="/ValuesOnline/vehicle/?from=menu"'),
    "StockNumberInput": ("StockNumberInput", "StockFilterInput"),
    "filterFunction": ("vehicleGridViewFilterChanged", "vehicleGridFilter"),
    "filterBar": ("dxgvFilterBarLink", "dxgvFilterAction"),
    "bookOutButton": ("bookOutButton_", "openVehicle_"),
    "bookOutImage": ('<img title="Bookout"', '<img title="Values"'),
    "exportMenu": ("primaryMenu_DXI4_", "primaryMenu_DXI6_"),
    "exportAll": ("primaryMenu_DXI4i1_", "primaryMenu_DXI4i5_"),
    "exportCsv": ("primaryMenu_DXI4i1i2_", "primaryMenu_DXI4i1i7_"),
    "reportButton": ("reportButton", "printButton"),
    "createPdf": ("Create PDF", "Print now"),
    "btnLogout": ("btnLogout", "signOutLink"),
}
"""What each name in ``DemoOptions.renamed`` stands for: the old text and the new one."""


def renamed(text: bytes, names: tuple[str, ...]) -> bytes:
    """Return the page with the new names; it works as before for clients that know them."""
    for name in names:
        old, new = RENAMES[name]
        text = text.replace(old.encode(), new.encode())
    return text
