"""What other sites of this kind do, none of it a fault: `--like NAME`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

OPENINGS = {
    "opens-detached-link": "the report opens by a link that is never put into the page",
    "opens-iframe": "the report opens in a hidden frame",
    "opens-same-tab": "the report opens in the vehicle's own tab",
    "opens-download": "the report is sent as an attachment, from the vehicle's own tab",
    "opens-write": "the report opens in an empty tab into which a frame is written",
    "opens-blob": "the page fetches the report and shows it in a tab",
    "opens-saved-blob": "the page fetches the report and saves it as a file",
    "opens-data": "the page opens the report as a data address",
    "opens-saved-link": "the report is saved by a link",
    "opens-embed": "the report stands in the page, embedded",
    "opens-object": "the report stands in the page, as an object",
    "opens-after-wait-page": "a window asks to wait, and is then sent to the report",
    "opens-twice": "two handlers open the report",
    "opens-viewer": "the vehicle's own tab goes to a page that shows the report",
    "opens-multipart": "the report opens by a form of several parts",
    "opens-named-frame": "the report opens in a frame of the page",
    "opens-announced": "a script asks for the report's address first",
    "opens-after-head": "a script asks by HEAD whether the report is there, then opens it",
    "opens-json": "a script asks for the report as a text in JSON, and draws it itself",
    "ready-link": "the dialog says 'Your report is ready', with a link to it",
    "ready-button": "the same with a button, which opens it",
    "opens-form": "the report opens by a form in a new tab",
    "opens-opener": "a window asks the page that has opened it for the report's address",
    "opens-zip": "the report comes in a zip file",
}
VEHICLE_PAGES = {
    "button-disabled": "'Print/Email Reports' is disabled for 1.5 s",
    "handler-late": "'Print/Email Reports' does nothing for 1.5 s",
    "loading-panel": "a loading panel lies over the vehicle's page for 3 s",
    "words-more": "the button says 'CREATE PDF Report', with an icon",
    "words-value": "the button is an input, with its words as a value",
    "words-other-value": "the button has a value beside its words",
    "hidden-button": "another 'Create PDF' is hidden by the style sheet",
    "confirm": "'Create PDF' asks whether to create the report",
    "words-apart": "the words of the button are in several elements",
    "words-label": "the button has a picture, and its words as a label",
    "button-in-shadow": "'Create PDF' is in a shadow root",
    "button-replaced": "'Create PDF' is replaced by another while it is pressed",
    "waits-for-mouse": "'Print/Email Reports' is disabled until the mouse moves",
    "aria-disabled": "'Print/Email Reports' is disabled for 1.5 s, by an attribute for readers",
    "class-disabled": "the same by a class name",
    "clicks-swallowed": "the vehicle's page ignores clicks for 4 s",
    "panel-late": "a loading panel comes after 0.1 s, for 5 s",
    "dialog-moves": "the reports dialog slides in for 1.5 s",
    "dialog-template": "the vehicle's page holds buttons and a login that nobody sees",
    "sticky-footer": "a bar covers the middle of 'Print/Email Reports'",
    "dialog-in-frame": "the reports dialog stands in a frame of the page",
    "reports-tab": "'Print/Email Reports' opens a page of its own in a new tab",
    "choose-box": "'Create PDF' is disabled until a report is ticked",
    "choose-dot": "the same until a report and its delivery are chosen, by mail or as a PDF",
    "choose-list": "'Create PDF' asks to select a report until one is chosen from a list",
    "asks-for-news": "the page asks for news each second, and 'Create PDF' ignores one click",
    "hidden-state": "the vehicle's page shows no VIN, and holds text that looks like one, unseen",
    "strict-page": "the vehicle's page may connect nowhere, and replaces window.fetch",
}
THIRD_PARTIES = {
    "third-party": "a script of another host never answers",
    "third-party-first": "the same, in the way of everything",
    "third-party-style": "a style sheet of another host never answers",
}
BUILTINS = {
    "builtins-replaced": "every page replaces functions of the browser, as old libraries do",
}
LOGINS = {
    "progress-words": "the login says 'Starting your session...' before it is sent",
    "key-events": "the login's button is enabled by the keyboard",
    "typed-late": "the login's button is enabled 0.4 s after a field is left",
    "confirm-log-out": "the way out asks whether to log out",
    "log-out-in-menu": "the way out is in a menu, which a click on the user's name opens",
    "password-reminder": "a page about the password stands between login and licence",
    "choose-dealership": "a page that asks for the dealership stands before all others",
    "login-in-place": "a script sends the login, and a refusal appears beside the form",
    "login-icon": "a refused login is marked by an icon, without a word",
    "refused-by-alert": "a refused login is told by an alert alone",
    "refused-on-page": "a refused login is told on a page of its own, with a link back",
    "login-expired": "the first login is answered by 'Your login page has expired'",
    "asks-to-end-other": "a login during another session asks whether to end that",
    "login-overlay": "'Signing in...' lies over the form for 10 s before the login is sent",
    "two-steps": "the login asks for the user name first, then for the password",
    "consent": "every page lies below a question about cookies until it is answered",
    "licence-scroll": "the licence's box is disabled until its text is scrolled to the end",
    "licence-button": "the licence has a box to tick and a button 'I Accept'",
    "idle-logs-out": "each page goes to the logout after 8 s without mouse or keyboard",
    "login-slow": "the answer to the login takes 12 s",
}
COOKIES = {
    "address-case": "the addresses of login and reports are in lower case",
    "rotating-cookies": "each answer has a new session cookie, and the old one is of no use then",
}
SESSIONS = {
    "ends-with-page": "a page says that the session has expired, where others redirect",
    "ends-with-401": "the same by status 401",
    "ends-with-403": "the same by status 403",
    "ends-with-419": "the same by status 419",
    "ends-with-440": "the same by status 440",
    "ends-with-home": "the same by a redirect to a home page that everybody can see",
    "ends-with-elsewhere": "the same by a redirect to a page of another host",
    "ends-with-json": "the same by a few words for scripts, with status 200",
    "ends-with-modal": "the same by a page with the login's form over it",
}
GRIDS = {
    "no-stock-column": "the grid shows no stock number",
    "cell-hint": "the cell with the stock number holds a hint, hidden",
    "cell-caption": "each cell begins with the name of its column",
    "two-tables": "the grid's columns are fixed: links in one table, all else in another",
    "grouped": "the grid is grouped by make, each group folded",
    "grouped-by-stock": "the grid is grouped by stock number and shows no VIN",
    "folded-details": "stock number and VIN are in a row of details, folded",
    "two-rows": "a vehicle has two rows, without a VIN",
    "cards": "the grid has cards instead of rows",
    "menu-late": "menus open 1 s after the mouse comes, and never by a click",
    "inventory-in-frame": "the inventory stands in a frame of the page, beside another list",
    "grid-in-shadow": "the inventory's menu and grid are in shadow roots, and so is each row",
    "grid-in-object": "the grid's next page comes within an object for a script, as by DevExpress",
    "row-gone": "the first vehicle of the exported inventory has no row in the grid",
    "rows-fit-nothing": "the grid shows numbers of its own instead of stock number and VIN",
}
REPORTS = {
    "no-dialog": "'Print/Email Reports' makes the report itself, without a dialog",
    "one-report": "a report that is asked for during another one is refused by 409",
    "prepared": "a report is prepared first: 202, and Retry-After of 1 s",
    "kept-report": "for 2 s a report is kept, and comes whatever vehicle's is asked for",
    "report-endless": "a report has no end",
    "report-large": "a report has 200 MB",
    "export-endless": "the exported inventory has no end",
    "elsewhere": "reports come from another origin",
    "stale-direct": "a report has the price of last month until the vehicle's page was opened",
    "stamped-reports": "a report has the time, and a number of its own",
    "checks-request": "a report comes only for a navigation from the vehicle's page",
}
ADDRESSES = {
    "random-part": "a report's address has a random number, another each time",
    "number-in-path": "a report's address has the vehicle's number in its path",
    "number-encoded": "a report's address has the vehicle's number in base64",
    "number-twice": "a report's address also has a file name of the vehicle's number and the time",
    "session-token": "a report's address has a token of the session, which its pages hold",
    "page-token": "a report's address has a token, good until the session opens another vehicle",
    "link-token": "links and reports of a vehicle have a token of its own in their addresses",
}
PDFS = {
    "pdf-padded": "zeros after the PDF",
    "pdf-page-after": "an HTML page after the PDF",
    "pdf-prefix": "a line break before the PDF",
    "pdf-glued": "no line break before %%EOF",
    "pdf-words": "words after the reference",
    "pdf-stock-na": "'Stock #: N/A', and the reference as 'Reference #'",
    "pdf-apart": "letters apart",
    "pdf-case": "the reference in other case, with zeros",
    "pdf-cut-reference": "four characters of the reference",
}
CSVS = {
    "csv-formulas": '="001655", as for Excel',
    "csv-totals": "groups, a total and blank rows",
    "csv-title": "a title and `sep=,` before the header",
    "csv-padded": "zeros after the last row",
    "csv-uncertain": "rows with a reference that are no vehicles, and one that is",
    "csv-zip": "the file comes in a zip file",
    "csv-mark": "a byte-order mark before the header",
}
TOO_LARGE = ("report-endless", "report-large")
EACH_OTHERWISE: tuple[Collection[str], ...] = (OPENINGS, VEHICLE_PAGES, TOO_LARGE)
"""Of several such, each vehicle has one."""
LIKES = (
    OPENINGS
    | VEHICLE_PAGES
    | THIRD_PARTIES
    | BUILTINS
    | LOGINS
    | COOKIES
    | SESSIONS
    | GRIDS
    | REPORTS
    | ADDRESSES
    | PDFS
    | CSVS
)
"""Every behaviour, by name, in a few words."""
