"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const view = byId("view"), said = byId("said"), trouble = byId("trouble");
  const headers = {"X-JDP-Key": sessionStorage.getItem("jdp-key") || ""};
  const TABS = ["today", "accounts", "runs", "nights", "settings", "account"];
  const AGAIN_MS = 2000;
  let tab = "", page = "", today = "", accounts = "", values = {}, busy = false, closed = false;

  const complain = (text) => {
    trouble.textContent = text;
    trouble.hidden = !text;
  };

  const say = (text) => { said.textContent = text || ""; };

  async function ask(path, body) {
    const options = {headers: {...headers}, cache: "no-store"};
    if (body !== undefined) {
      options.method = "POST";
      options.body = JSON.stringify(body);
      options.headers["Content-Type"] = "application/json";
    }
    const answer = await fetch(path, options);
    if (answer.status === 403) {
      outdated();
    }
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    return answer;
  }

  function outdated() {
    closed = true;
    complain("This page is out of date. Start the program again: it opens a new one.");
  }

  // What is focused, so that it is focused again when its part of the page is made anew.
  const nameOf = (each) => each && (each.id || [each.dataset.action, each.dataset.value].join(" "));

  function show(html) {
    if (html === page) {
      return;
    }
    const inside = view.contains(document.activeElement);
    const name = inside && document.activeElement !== view ? nameOf(document.activeElement) : "";
    page = html;
    view.innerHTML = html;
    if (!inside) {
      return;
    }
    const again = name.trim() && [...view.querySelectorAll("button, input, [tabindex]")]
      .find((each) => nameOf(each) === name);
    (again || view.querySelector("h2") || view).focus();
  }

  function fill() {
    for (const each of view.querySelectorAll("[data-v]")) {
      const value = values[each.dataset.v];
      if (each instanceof HTMLProgressElement) {
        // Without a value it only shows that something goes on.
        if (values[each.dataset.max]) {
          each.max = values[each.dataset.max];
          each.value = value || 0;
        } else {
          each.removeAttribute("value");
        }
      } else if (each.textContent !== String(value ?? "")) {
        each.textContent = value ?? "";
      }
    }
    for (const each of view.querySelectorAll("[data-if]")) {
      const value = values[each.dataset.if];
      each.hidden = !value || value.length === 0 || value === "0";
    }
    for (const list of view.querySelectorAll("[data-list]")) {
      const lines = values[list.dataset.list] || [];
      if ([...list.children].map((each) => each.textContent).join("\n") !== lines.join("\n")) {
        list.replaceChildren(...lines.map((line) => {
          const item = document.createElement("li");
          item.textContent = line;
          return item;
        }));
      }
    }
    count();
  }

  function count() {
    for (const each of view.querySelectorAll("[data-countdown]")) {
      const left = (values[each.dataset.countdown] || 0) - Date.now() / 1000;
      each.textContent = String(Math.max(0, Math.round(left)));
    }
  }

  function take(message) {
    today = message.html ?? today;
    values = message.values ?? values;
    document.title = message.title ?? document.title;
    if (message.accounts !== undefined) {
      const isFirst = !accounts && message.accounts && !location.hash;
      accounts = message.accounts;
      document.querySelector("[data-tab=accounts]").hidden = !accounts;
      if (isFirst) {
        goTo("accounts");
      }
    }
    if (tab === "accounts") {
      show(accounts || today);
    }
    if (tab === "today" && today) {
      show(today);
      fill();
    }
  }

  async function listen() {
    while (!closed) {
      try {
        const answer = await ask("/events");
        complain("");
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        for (;;) {
          const {done, value} = await reader.read();
          if (done) {
            break;
          }
          const parts = (rest + value).split("\n\n");
          rest = parts.pop();
          for (const part of parts.filter((each) => each.startsWith("data: "))) {
            take(JSON.parse(part.slice(6)));
          }
        }
      } catch {
        // Told below.
      }
      if (!closed) {
        complain("The program does not answer. If this stays, start it again; what is at work continues.");
        await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
      }
    }
  }

  async function go() {
    const wanted = location.hash.slice(1);
    const next = TABS.includes(wanted) ? wanted : "today";
    const changed = next !== tab;
    tab = next;
    for (const link of document.querySelectorAll("[data-tab]")) {
      link.toggleAttribute("aria-current", false);
      if (link.dataset.tab === tab) {
        link.setAttribute("aria-current", "page");
      }
    }
    if (tab === "today" || tab === "accounts") {
      take({});
      return;
    }
    try {
      const html = await (await ask(`/view/${tab}`)).text();
      if (tab === next) {
        page = "";
        show(html);
        if (changed) {
          view.querySelector("h2")?.focus();
        }
      }
    } catch {
      complain("That page could not be shown. Try again.");
    }
  }

  // What was said belongs to the page that an action leads to, and not to any other.
  let leads = false;

  function goTo(name) {
    if (location.hash === `#${name}`) {
      go();
    } else {
      leads = true;
      location.hash = name;
    }
  }

  async function act(name, body, wait = "One moment ...") {
    if (busy) {
      return;
    }
    busy = true;
    say(wait);
    try {
      const answer = await (await ask(`/do/${name}`, body)).json();
      say(answer.say);
      if (answer.html !== undefined) {
        byId(answer.into).innerHTML = answer.html;
      }
      if (answer.go) {
        goTo(answer.go);
      }
      if (name === "quit") {
        closed = true;
        complain("The program is closed. You can close this page, too.");
      }
    } catch {
      say(closed ? "" : "That did not work. Try again.");
    } finally {
      busy = false;
    }
  }

  async function picture(button) {
    const {value, run} = button.dataset;
    const query = new URLSearchParams({run, name: value});
    try {
      const image = await createImageBitmap(await (await ask(`/picture?${query}`)).blob());
      const canvas = document.createElement("canvas");
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", "The page on which it failed");
      canvas.getContext("2d").drawImage(image, 0, 0);
      image.close();
      button.replaceWith(canvas);
    } catch {
      say("The picture is not there any more.");
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button) {
      return;
    }
    const {action, value, run, file} = button.dataset;
    if (action === "picture") {
      picture(button);
    } else if (action === "show" && TABS.includes(value)) {
      goTo(value);
    } else if (action === "show") {
      byId(value)?.scrollIntoView();
      byId(value)?.focus();
    } else {
      act(action, {value, run, file});
    }
  });

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target, name = form.dataset.form;
    act(name, Object.fromEntries(new FormData(form)), form.dataset.wait);
    for (const field of form.querySelectorAll("[type=password]")) {
      field.value = "";
    }
  });

  addEventListener("hashchange", () => {
    if (!leads) {
      say("");
    }
    leads = false;
    go();
  });
  setInterval(count, 1000);
  if (headers["X-JDP-Key"]) {
    go();
    listen();
  } else {
    outdated();
    view.replaceChildren();
  }
})();
