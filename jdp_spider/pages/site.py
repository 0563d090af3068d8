"""Addresses and selectors of the site, in this one place.

F: seen on the real site by an earlier downloader. I: inferred. U: unknown.
"""

from __future__ import annotations

# Addresses below the base address (F).
LOGIN = "Home/LicenseAgreement?ReturnUrl=/ValuesOnline/"
INVENTORY = "vehicle/"
REPORT_MARK = "GetPdfReport"

# Login and licence stand on the same address, one after the other (F).
USER_NAME = "#usernameInput"
PASSWORD = "#passwordInput"
LOG_IN = "#loginButton"
LICENCE = "#agreementCheckBox"
LOG_OUT = "#btnLogout"
INVENTORY_LINK = "a[href$='/vehicle/']"

# Inventory (F; where the rows stand and how the pager looks: U).
SEARCH = "#StockNumberInput"
SEARCH_FUNCTION = "vehicleGridViewFilterChanged"
SEARCH_FIELD = "StockNumber"
FILTER_ON = "a.dxgvFilterBarLink[onclick*='ClearFilter']"
FILTER_OFF = "a.dxgvFilterBarLink[onclick*='ShowFilterControl']"
BOOKOUT = "a[id^='bookOutButton_'][title='Bookout']"

# Export menu, one below the other (F); it needs the style sheet.
EXPORT_MENU = "#primaryMenu_DXI4_T"
EXPORT_ALL_COLUMNS = "#primaryMenu_DXI4i1_T"
EXPORT_CSV = "#primaryMenu_DXI4i1i2_"

# Vehicle (F).
REPORTS = "button.reportButton:not(.requiresVehicle)"
CREATE_PDF = "button:text-is('Create PDF'), input[type='button'][value='Create PDF']"

# Asset addresses that a vehicle's page does without (scripts are needed).
BLOCKED_ASSETS = tuple(
    f"*.{ending}{tail}"
    for ending in ("css", "png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "bmp", "woff",
                   "woff2", "ttf", "otf", "eot", "mp4", "webm", "mp3")
    for tail in ("", "?*")
)  # fmt: skip
