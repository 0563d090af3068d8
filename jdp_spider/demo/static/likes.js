"use strict";

/* What other sites do: see likes.py. Loaded before site.js, which asks `like` here and there. */

const likes = new Set(document.body.dataset.like.split(" "));

window.like = {};

customElements.define("in-shadow", class extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open" }).append(this.querySelector("template").content.cloneNode(true));
  }
});

const openings = {
  "opens-detached-link": (url) => {
    Object.assign(document.createElement("a"), { href: url, target: "_blank" }).click();
  },
  "opens-iframe": (url) => {
    const frame = Object.assign(document.createElement("iframe"), { src: url });
    frame.style.display = "none";
    document.body.append(frame);
  },
  "opens-same-tab": (url) => window.location.assign(url),
  "opens-download": (url) => window.location.assign(url),
  "opens-write": (url) => {
    const tab = window.open("", "_blank");
    tab.document.write(`<title>Report</title><iframe src="${url}" width="100%"></iframe>`);
    tab.document.close();
  },
  "opens-blob": (url) => {
    const tab = window.open("", "_blank");
    fetch(url).then((answer) => answer.blob()).then((blob) => {
      tab.location = URL.createObjectURL(blob);
    });
  },
  "opens-saved-blob": (url) => {
    fetch(url).then((answer) => answer.arrayBuffer()).then((bytes) => {
      const href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
      const link = Object.assign(document.createElement("a"), { href, download: "Report.pdf" });
      document.body.append(link);
      link.click();
      URL.revokeObjectURL(href);
    });
  },
  "opens-data": (url) => {
    const request = new XMLHttpRequest();
    request.open("GET", `${url}&as=base64`);
    request.onload = () => window.open(`data:application/pdf;base64,${request.responseText}`);
    request.send();
  },
  "opens-saved-link": (url) => {
    const link = Object.assign(document.createElement("a"), { href: url, download: "Report.pdf" });
    document.body.append(link);
    link.click();
  },
  "opens-embed": (url) => {
    const embed = Object.assign(document.createElement("embed"), { src: url, type: "application/pdf" });
    document.body.append(embed);
  },
  "opens-object": (url) => {
    const object = Object.assign(document.createElement("object"), { data: url, type: "application/pdf" });
    document.body.append(object);
  },
  "opens-after-wait-page": (url) => {
    const tab = window.open(`${root}wait`, "report", "width=600,height=800");
    if (!tab || tab.closed) return show("Your browser blocks windows.");
    setTimeout(() => tab.location.replace(url), 1000);
  },
  "opens-twice": (url) => {
    window.open(url);
    window.open(url);
  },
  "opens-viewer": (url) => window.location.assign(`${root}viewer?file=${encodeURIComponent(url)}`),
  "opens-multipart": (url) => {
    const [action, query] = url.split("?");
    const form = Object.assign(document.createElement("form"), {
      action, method: "post", target: "_blank", enctype: "multipart/form-data",
    });
    for (const [name, value] of new URLSearchParams(query)) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    document.body.append(form);
    form.requestSubmit();
  },
  "opens-named-frame": (url) => {
    const frame = Object.assign(document.createElement("iframe"), { name: "reportFrame" });
    frame.style.width = "0";
    document.body.append(frame);
    window.open(url, "reportFrame");
  },
  "opens-announced": (url) => {
    fetch(`${root}announce?${new URLSearchParams({ file: url })}`, { method: "POST" })
      .then((answer) => answer.json()).then(({ file }) => window.open(file));
  },
  "opens-opener": (url) => {
    window.reportUrl = url;
    window.open(`${root}asks-opener`, "report", "width=600,height=800");
  },
  "opens-after-head": (url) => {
    fetch(url, { method: "HEAD" }).then(() => window.open(url));
  },
};

/* What has to be chosen before a report can be made, with traps beside it */

const CREATE = '<button type="button" class="button" id="createPdfButton">Create PDF</button>';
const choices = {
  "choose-box": `
    <label><input type="checkbox" name="report" value="mail"> Email me a copy</label>
    <label><input type="checkbox" name="report" value="summary"> Value Summary</label>
    <label><input type="checkbox" name="report" value="bookout"> Bookout Report</label>
    ${CREATE}`,
  "choose-dot": `
    <fieldset>
      <label><input type="radio" name="report" value="bookout"> Bookout Report</label>
      <label><input type="radio" name="report" value="summary"> Value Summary</label>
    </fieldset>
    <fieldset>
      <label><input type="radio" name="delivery" value="mail"> Email</label>
      <label><input type="radio" name="delivery" value="screen"> PDF</label>
    </fieldset>
    ${CREATE}`,
  "choose-list": `
    <select id="reportList">
      <option value="">Choose a report</option>
      <option value="mail">Email the report</option>
      <option value="bookout">Bookout Report</option>
    </select>
    <input type="checkbox" value="bookout" hidden>
    ${CREATE}`,
};

const chooseFirst = () => {
  const content = document.getElementById("reportDialogContent");
  const button = document.getElementById("createPdfButton");
  const groups = new Set([...content.querySelectorAll("input[name]:not([hidden])")].map(({ name }) => name));
  if (groups.size) button.disabled = true;
  content.addEventListener("change", ({ target }) => {
    if (target.value === "mail") fetch(`${root}mail`, { method: "POST" });
    const hidden = content.querySelector("input[hidden]");
    if (hidden) hidden.checked = target.value === "bookout";
    button.disabled = [...groups].some((name) => !content.querySelector(`[name=${name}]:checked`));
  });
};

const ready = (html) => {
  const dialog = document.getElementById("reportDialog");
  dialog.style.display = "";
  document.getElementById("reportDialogContent").innerHTML = "<p>Creating your report...</p>";
  return fetch(`${root}announce?file=`, { method: "POST" }).then(() => {
    document.getElementById("reportDialogContent").innerHTML = `<p>Your report is ready: ${html}</p>`;
  });
};
openings["opens-json"] = (url) => fetch(`${url}&as=json`).then((answer) => answer.json())
  .then(({ document: { data } }) => { window.like.drawn = atob(data).length; });
openings["ready-link"] = (url) => ready(`<a href="${url}" target="_blank">Download</a>`);
openings["ready-button"] = (url) => ready('<button type="button">Open</button>').then(() => {
  document.querySelector("#reportDialogContent p button").onclick = () => window.open(url);
});

if (likes.has("grid-in-object")) {
  window.like.htmlIn = (text) => new Function(`return ${text.slice(text.indexOf("("))}`)().result.html;
}
if (likes.has("address-case")) {
  window.like.openReport = (url) => window.open(url.toLowerCase().replace("vehicleid", "vehicleId"));
}
const addresses = {
  "number-in-path": (url, id) => {
    url.searchParams.delete("vehicleId");
    url.pathname += `/${id}`;
  },
  "number-encoded": (url, id) => {
    url.searchParams.delete("vehicleId");
    url.searchParams.set("v", btoa(id));
  },
  "number-twice": (url, id) => url.searchParams.set("name", `bookout_${id}_${Date.now()}.pdf`),
  "session-token": (url) => url.searchParams.set("token", document.body.dataset.token),
  "page-token": (url) => url.searchParams.set("page", document.body.dataset.pageToken),
  "link-token": (url) => {
    url.searchParams.set("key", new URLSearchParams(window.location.search).get("key"));
  },
  "random-part": (url) => url.searchParams.set("rnd", Math.random()),
};
window.like.addressOf = (address) => {
  const url = new URL(address, window.location);
  const id = url.searchParams.get("vehicleId");
  for (const [name, change] of Object.entries(addresses)) if (likes.has(name)) change(url, id);
  return url.href;
};

for (const [name, open] of Object.entries(openings)) {
  if (likes.has(name)) window.like.openReport = open;
}

window.like.dialog = (html) => {
  for (const [name, chosen] of Object.entries(choices)) if (likes.has(name)) return chosen;
  if (likes.has("dialog-in-frame")) {
    const { vehicleId } = document.querySelector("[data-vehicle-id]").dataset;
    return `<iframe src="${root}dialog?vehicleId=${vehicleId}" width="400" height="200"></iframe>`;
  }
  if (likes.has("hidden-button")) {
    html = `<div class="unseen"><button type="button" class="button">Create PDF</button></div>${html}`;
  }
  if (likes.has("words-more")) {
    return html.replace("Create PDF</button>", '<i class="icon"></i> CREATE&nbsp;PDF  Report</button>');
  }
  if (likes.has("words-value")) {
    return html.replace(
      '<button type="button" class="button" id="createPdfButton">Create PDF</button>',
      '<input type="button" class="button" id="createPdfButton" value="Create PDF">',
    );
  }
  if (likes.has("words-apart")) {
    return html.replace("Create PDF</button>", "<span>Create</span><!-- --> <b>P</b><b>DF</b></button>");
  }
  if (likes.has("words-label")) {
    return html.replace("Create PDF</button>", "&#128196;</button>")
      .replace('id="createPdfButton"', '$& aria-label="Create PDF"').replace("&#128196;", "<i></i>");
  }
  if (likes.has("words-other-value")) return html.replace('id="createPdfButton"', '$& value="pdf"');
  return html;
};

window.like.dialogShown = () => {
  if (Object.keys(choices).some((name) => likes.has(name))) return chooseFirst();
  if (likes.has("dialog-in-frame")) return;
  const button = document.getElementById("createPdfButton");
  if (likes.has("button-in-shadow")) {
    const host = document.createElement("span");
    button.replaceWith(host);
    host.attachShadow({ mode: "open" }).append(button);
  }
  if (likes.has("dialog-moves")) {
    button.closest("[role=dialog]").animate(
      [{ transform: "translateX(-600px)", opacity: 0 }, { transform: "none", opacity: 1 }], 1500,
    );
  }
  if (likes.has("button-replaced")) {
    // A framework makes its elements anew while they are pressed.
    button.addEventListener("pointerdown", () => {
      const fresh = button.cloneNode(true);
      fresh.addEventListener("click", window.createPdf);
      button.replaceWith(fresh);
    });
  }
};

let clicksIgnored = likes.has("asks-for-news") ? 1 : 0;
window.like.mayCreate = () => {
  if (clicksIgnored-- > 0) return false;
  return !likes.has("confirm")
    || window.confirm("Values were last updated yesterday. Create the report?");
};

window.like.menuAfter = likes.has("menu-late") ? 1000 : 0;

const reportsButton = document.querySelector(".reportButton:not(.requiresVehicle)");
window.like.handlerAfter = reportsButton && likes.has("handler-late") ? 1500 : 0;
if (reportsButton && likes.has("asks-for-news")) {
  const ask = () => fetch(`${document.body.dataset.root}announce?file=`, { method: "POST" });
  ask();
  setInterval(ask, 1000);
}
if (reportsButton && likes.has("button-disabled")) {
  reportsButton.disabled = true;
  setTimeout(() => { reportsButton.disabled = false; }, 1500);
}
if (reportsButton && likes.has("loading-panel")) {
  const panel = document.createElement("div");
  panel.style.cssText = "position: fixed; inset: 0; background: #fff8; z-index: 999";
  document.body.append(panel);
  setTimeout(() => panel.remove(), 3000);
}
if (reportsButton && likes.has("panel-late")) {
  setTimeout(() => {
    const panel = document.createElement("div");
    panel.style.cssText = "position: fixed; inset: 0; background: #fff8; z-index: 999";
    panel.textContent = "Loading...";
    document.body.append(panel);
    setTimeout(() => panel.remove(), 5000);
  }, 100);
}
if (reportsButton && likes.has("clicks-swallowed")) {
  const swallow = (event) => event.stopPropagation();
  document.addEventListener("click", swallow, true);
  setTimeout(() => document.removeEventListener("click", swallow, true), 4000);
}
if (reportsButton && likes.has("waits-for-mouse")) {
  reportsButton.disabled = true;
  document.addEventListener("mousemove", () => { reportsButton.disabled = false; });
}
for (const [name, attribute, value] of [
  ["aria-disabled", "aria-disabled", "true"],
  ["class-disabled", "class", "reportButton button dxbDisabled"],
]) {
  if (!reportsButton || !likes.has(name)) continue;
  const before = reportsButton.getAttribute(attribute);
  reportsButton.setAttribute(attribute, value);
  const ignore = (event) => event.stopPropagation();
  document.addEventListener("click", ignore, true);
  setTimeout(() => {
    if (before === null) reportsButton.removeAttribute(attribute);
    else reportsButton.setAttribute(attribute, before);
    document.removeEventListener("click", ignore, true);
  }, 1500);
}
if (reportsButton && likes.has("dialog-template")) {
  const hidden = (style, html) => document.body.insertAdjacentHTML(
    "beforeend", `<div style="${style}">${html}</div>`,
  );
  const create = '<button type="button">Create PDF</button>';
  hidden("position: absolute; left: -9999px", create);
  hidden("opacity: 0; position: absolute; top: 60px", create);
  hidden("height: 0; overflow: hidden", create);
  hidden("position: absolute; clip: rect(0, 0, 0, 0)", create);
  hidden("position: absolute; top: 0; clip-path: inset(50%)", '<input id="usernameInput">');
  document.body.insertAdjacentHTML("beforeend", `<details><summary>More</summary>${create}</details>`);
}
if (reportsButton && likes.has("sticky-footer")) {
  const bar = document.createElement("div");
  bar.style.cssText = "position: fixed; inset: 0 auto 0 0; background: #eee; z-index: 999";
  document.body.append(bar);
  const place = () => {
    const box = reportsButton.getBoundingClientRect();
    bar.style.width = `${box.left + box.width * 0.6}px`;
  };
  place();
  document.addEventListener("scroll", place);
  reportsButton.addEventListener("click", () => bar.remove());
}
document.getElementById("btnLogout")?.addEventListener("click", (event) => {
  if (likes.has("confirm-log-out") && !window.confirm("Log out?")) event.preventDefault();
});
if (likes.has("idle-logs-out") && document.getElementById("btnLogout")) {
  let timer;
  const isActive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => window.location.assign(`${root}Home/Logout`), 8000);
  };
  for (const name of ["mousemove", "keydown", "click", "scroll"]) {
    document.addEventListener(name, isActive);
  }
  isActive();
}
if (reportsButton && likes.has("strict-page")) {
  window.fetch = () => { throw new TypeError("not on this page"); };
}

if (likes.has("licence-button")) {
  window.like.licenceTicked = (box) => {
    document.getElementById("acceptButton").disabled = !box.checked;
  };
}

if (likes.has("consent") && !document.cookie.includes("consent=")) {
  const layer = document.createElement("div");
  layer.style.cssText = "position: fixed; inset: 0; background: #0008; z-index: 9999";
  layer.innerHTML = `<div class="panel" role="dialog"><p>We value your privacy. We use cookies.</p>
    <button type="button">Accept All</button> <button type="button">Reject All</button>
    <button type="button">Settings</button></div>`;
  layer.addEventListener("click", ({ target }) => {
    if (!/All/.test(target.textContent) || target.localName !== "button") return;
    document.cookie = "consent=1; path=/";
    layer.remove();
  });
  document.body.append(layer);
}
const licenceText = document.querySelector(".licenceText");
if (licenceText && likes.has("licence-scroll")) {
  const box = document.getElementById("agreementCheckBox");
  licenceText.style.cssText = "height: 60px; overflow-y: auto";
  licenceText.insertAdjacentHTML("beforeend", "<p>More terms.</p>".repeat(40));
  box.disabled = true;
  licenceText.addEventListener("scroll", () => {
    const { scrollTop, clientHeight, scrollHeight } = licenceText;
    box.disabled &&= scrollTop + clientHeight < scrollHeight - 5;
  });
}
if (likes.has("no-dialog") && reportsButton) {
  const { vehicleId } = document.querySelector("[data-vehicle-id]").dataset;
  reportsButton.addEventListener("click", (event) => {
    event.stopImmediatePropagation();
    window.open(`${root}Report/GetPdfReport?vehicleId=${vehicleId}&reports=bookout`);
  });
}
if (likes.has("reports-tab") && reportsButton) {
  const { vehicleId } = document.querySelector("[data-vehicle-id]").dataset;
  reportsButton.addEventListener("click", (event) => {
    event.stopImmediatePropagation();
    window.open(`${root}dialog?vehicleId=${vehicleId}`);
  });
}

const wayOut = document.querySelector(".account > a:not(.extra)");
if (wayOut && likes.has("log-out-in-menu")) {
  const menu = Object.assign(document.createElement("span"), { hidden: true });
  const name = wayOut.parentElement.innerText.trim().split(/\s+/)[0];
  wayOut.insertAdjacentHTML("beforebegin", `<button type="button" aria-haspopup="true">${name}</button>`);
  wayOut.previousElementSibling.addEventListener("click", () => { menu.hidden = !menu.hidden; });
  wayOut.replaceWith(menu);
  menu.append(wayOut);
}

const loginForm = document.getElementById("loginButton")?.form;
if (loginForm && likes.has("progress-words")) {
  loginForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = document.createElement("div");
    words.textContent = "Starting your session... Verifying your user name and password, please wait.";
    loginForm.append(words);
    setTimeout(() => HTMLFormElement.prototype.submit.call(loginForm), 1500);
  });
}
if (loginForm && likes.has("login-overlay")) {
  loginForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const overlay = document.createElement("div");
    overlay.textContent = "Signing in...";
    overlay.style.cssText = "position: fixed; inset: 0; background: #fffc; z-index: 999";
    document.body.append(overlay);
    setTimeout(() => HTMLFormElement.prototype.submit.call(loginForm), 10000);
  });
}
if (loginForm && likes.has("login-in-place")) {
  loginForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    const status = document.getElementById("loginStatus");
    status.textContent = "Checking your password...";
    const answer = await fetch(loginForm.action, {
      method: "POST",
      headers: { "X-Requested-With": "XMLHttpRequest" },
      body: new URLSearchParams(new FormData(loginForm)),
    });
    const { location, error } = await answer.json();
    status.textContent = error ?? "Welcome back. Redirecting...";
    if (location) setTimeout(() => window.location.assign(location), 1500);
  });
}
if (loginForm && likes.has("key-events")) {
  const button = document.getElementById("loginButton");
  button.disabled = true;
  document.getElementById("passwordInput").addEventListener("keyup", () => {
    button.disabled = false;
  });
}
if (loginForm && likes.has("typed-late")) {
  const button = document.getElementById("loginButton");
  button.disabled = true;
  document.getElementById("passwordInput").addEventListener("change", () => {
    setTimeout(() => { button.disabled = false; }, 400);
  });
}
