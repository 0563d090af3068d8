"use strict";

const root = document.body.dataset.root;
const reportRoot = document.body.dataset.reportRoot;
const MENU_CLOSES_AFTER_MS = 500;
const DIALOG_LOADS_AFTER_MS = 120;
const FILTER_INPUTS = { StockNumber: "StockNumberInput" };

// What other sites do, if this one is to be like them.
const like = window.like ?? {};

// Where the inventory is.
const place = document.querySelector("in-shadow")?.shadowRoot ?? document;
const byId = (id) => place.getElementById(id) ?? document.getElementById(id);

function show(message) {
  byId("statusLine").textContent = message;
}

async function post(path, fields) {
  const response = await fetch(root + path, {
    method: "POST",
    headers: { "X-Requested-With": "XMLHttpRequest" },
    body: new URLSearchParams(fields),
  });
  if (response.status === 401) {
    window.location.assign(`${root}Home/LicenseAgreement?ReturnUrl=${root}`);
  }
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return response;
}

/* The inventory grid */

let callbacks = 0;

async function gridCallback(action, value) {
  const callback = ++callbacks;
  byId("vehicleGridView_LPV").style.display = "";
  try {
    const response = await post("vehicle/GridCallback", { action, value });
    const text = await response.text();
    const html = like.htmlIn?.(text) ?? text;
    // Only the last callback's answer may be shown; they can arrive in another order.
    if (callback === callbacks) byId("vehicleGridView").innerHTML = html;
  } catch (error) {
    show(`The list could not be loaded. ${error.message}`);
  } finally {
    if (callback === callbacks) byId("vehicleGridView_LPV").style.display = "none";
  }
}

function vehicleGridViewFilterChanged(field) {
  return gridCallback("filter", byId(FILTER_INPUTS[field]).value);
}

function gridGoTo(page) {
  gridCallback("page", `PN${page - 1}`);
}

window.ASPx = {
  GVPagerOnClick: (name, argument) => { gridCallback("page", argument); },
  GVClearFilter: () => {
    byId("StockNumberInput").value = "";
    gridCallback("filter", "");
  },
  GVShowFilterControl: () => byId("StockNumberInput").focus(),
};

function unfoldDetails(button) {
  button.className = "dxGridView_gvHideAdaptiveDetailButton";
  button.closest("tr").nextElementSibling.style.display = "";
}

async function openBookOut(vehicleId) {
  try {
    await post("vehicle/SelectVehicle", { vehicleId });
    window.location.assign(`${root}vehicle/BookOut`);
  } catch (error) {
    show(`The vehicle could not be opened. ${error.message}`);
  }
}

function setUpGrid() {
  byId("stockNumberSearch").addEventListener("click", () => vehicleGridViewFilterChanged("StockNumber"));
  byId("StockNumberInput").addEventListener("keydown", (event) => {
    if (event.key === "Enter") vehicleGridViewFilterChanged("StockNumber");
  });
}

/* Export menu: classes only, the style sheet makes an open menu visible */

function setUpMenu() {
  for (const item of place.querySelectorAll(".dxm-subMenu")) {
    let closing, opening;
    const open = () => {
      clearTimeout(closing);
      for (const other of item.parentElement.children) {
        if (other !== item) other.classList.remove("dxm-open");
      }
      item.classList.add("dxm-open");
    };
    item.addEventListener("mouseenter", () => {
      if (like.menuAfter) opening = setTimeout(open, like.menuAfter);
      else open();
    });
    item.addEventListener("click", () => { if (!like.menuAfter) open(); });
    item.addEventListener("mouseleave", () => {
      clearTimeout(opening);
      closing = setTimeout(() => item.classList.remove("dxm-open"), MENU_CLOSES_AFTER_MS);
    });
  }
  for (const item of place.querySelectorAll("[data-export]")) {
    item.addEventListener("click", (event) => {
      event.stopPropagation();
      for (const open of place.querySelectorAll(".dxm-open")) open.classList.remove("dxm-open");
      exportInventory(item.dataset.export);
    });
  }
}

function exportInventory(wanted) {
  if (wanted !== "All Columns/CSV") return show("The demo exports all columns as CSV only.");
  submitForm("vehicle/Export", { columns: "all", format: "csv" });
}

function submitForm(path, fields, target = "") {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: root + path, target });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
  form.remove();
}

/* Reports dialog */

const DIALOG = `
  <label class="check"><input type="checkbox" name="report" value="bookout" checked> Bookout Report</label>
  <label class="check"><input type="checkbox" name="report" value="summary"> Value Summary</label>
  <label class="check"><input type="checkbox" name="report" value="options"> Options List</label>
  <div class="dialogButtons">
    <button type="button" class="button quiet" id="emailButton">Email</button>
    <button type="button" class="button" id="createPdfButton">Create PDF</button>
  </div>`;

function openReportDialog() {
  byId("reportDialogContent").innerHTML = '<p><span class="spinner"></span> Loading&hellip;</p>';
  byId("reportDialog").style.display = "";
  setTimeout(() => {
    byId("reportDialogContent").innerHTML = like.dialog?.(DIALOG) ?? DIALOG;
    byId("createPdfButton")?.addEventListener("click", createPdf);
    byId("emailButton")?.addEventListener("click", () => show("The demo sends no mail."));
    const extra = byId("extraInDialog")?.content.cloneNode(true) ?? "";
    document.querySelector("#reportDialogContent .dialogButtons")?.prepend(extra);
    like.dialogShown?.();
  }, DIALOG_LOADS_AFTER_MS);
}

function closeReportDialog() {
  byId("reportDialog").style.display = "none";
}

function createPdf() {
  const chosen = document.querySelectorAll("#reportDialogContent input:checked");
  const reports = Array.from(chosen, (box) => box.value).join(",");
  if (!reports) return show("Please select at least one report to create.");
  if (like.mayCreate?.() === false) return;
  const { vehicleId } = document.querySelector("[data-vehicle-id]").dataset;
  const ofSession = document.body.dataset.reportAddress === "session";
  const fields = ofSession ? { reports } : { vehicleId, reports };
  closeReportDialog();
  if (document.body.dataset.reportKind === "form") {
    return submitForm("Report/GetPdfReport", fields, "_blank");
  }
  const { ticket } = document.body.dataset;
  if (ticket) fields.ticket = ticket;
  const url = `${reportRoot}Report/GetPdfReport?${new URLSearchParams(fields)}`;
  openReport(like.addressOf?.(url) ?? url);
}

function openReport(url) {
  if (like.openReport) like.openReport(url);
  else window.open(url);
}

function setUpVehicle() {
  const button = document.querySelector(".reportButton:not(.requiresVehicle)");
  const attach = () => button.addEventListener("click", openReportDialog);
  if (like.handlerAfter) setTimeout(attach, like.handlerAfter);
  else attach();
  document.querySelector(".reportButton.requiresVehicle")
    .addEventListener("click", () => show("The demo prints no window stickers."));
  byId("reportDialogClose").addEventListener("click", closeReportDialog);
}

setUpMenu();
if (byId("vehicleGridView")) setUpGrid();
if (byId("reportDialog")) setUpVehicle();
byId("agreementCheckBox")?.addEventListener("change", (event) => {
  if (like.licenceTicked) like.licenceTicked(event.target);
  else byId("licenceForm").submit();
});
