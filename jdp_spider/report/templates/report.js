"use strict";
(() => {
  // More rows at a time take a browser too long for a search while one types.
  const MOST = 200;
  const search = document.getElementById("search");
  const outcome = document.getElementById("outcome");
  const found = document.getElementById("found");
  const all = document.getElementById("all");
  const table = document.getElementById("rows");
  const rows = Array.from(table.rows);
  let most = MOST;
  // Read when it is searched for first: of many rows that takes a while.
  const texts = new Map();

  function textOf(row) {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  }

  function show(number) {
    most = number;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const fits =
        (!outcome.value || row.dataset.outcome === outcome.value) &&
        words.every((word) => textOf(row).includes(word));
      count += fits;
      const hidden = !fits || count > most;
      if (row.hidden !== hidden) row.hidden = hidden;
    }
    table.classList.add("ready");
    tell(count);
  }

  function tell(count) {
    found.textContent = `${count} of ${rows.length} vehicles`;
    all.hidden = count <= most;
    all.textContent = `Show all ${count}`;
  }

  // A press on a column's name sorts by it, the next one the other way round.
  const collator = new Intl.Collator("en", { numeric: true });
  const heads = Array.from(document.querySelectorAll("#vehicles thead th"));

  function keyOf(row, column) {
    const cell = row.cells[column];
    return cell.dataset.at ?? cell.textContent;
  }

  function sort(head) {
    const column = heads.indexOf(head);
    const descends = head.getAttribute("aria-sort") === "ascending";
    for (const each of heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descends ? "descending" : "ascending");
    const keys = new Map(rows.map((row) => [row, keyOf(row, column)]));
    rows.sort((a, b) => {
      const [one, other] = [keys.get(a), keys.get(b)];
      // Vehicles without a value stay at the end.
      if (!one || !other) return !one - !other;
      return descends ? collator.compare(other, one) : collator.compare(one, other);
    });
    // Outside of the page: within it, a browser takes seconds to move thousands of rows.
    const around = table.parentNode;
    table.remove();
    table.append(...rows);
    show(most);
    around.append(table);
  }

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(head));
    head.replaceChildren(button);
  }

  const copy = document.getElementById("copy");
  if (copy) {
    const command = document.getElementById("command");
    const copied = document.getElementById("copied");
    copy.addEventListener("click", async () => {
      let done = false;
      try {
        await navigator.clipboard.writeText(command.textContent);
        done = true;
      } catch {
        // A browser may not allow that to a file: then it copies what is selected.
        getSelection().selectAllChildren(command);
        done = document.execCommand("copy");
      }
      copied.textContent = done ? "Copied" : "Press Ctrl-C to copy it";
    });
    copy.hidden = false;
  }

  search.addEventListener("input", () => show(MOST));
  outcome.addEventListener("change", () => show(MOST));
  all.addEventListener("click", () => show(Infinity));
  // On paper nothing can be unfolded: which vehicles failed is printed, however many there are.
  const folded = [];
  addEventListener("beforeprint", () => {
    folded.push(...document.querySelectorAll("#failed details:not([open])"));
    for (const each of folded) each.open = true;
    if (document.getElementById("printed").checked) show(Infinity);
  });
  addEventListener("afterprint", () => {
    for (const each of folded.splice(0)) each.open = false;
  });
  document.getElementById("finder").hidden = false;
  // Until then the style sheet shows the first rows: that takes no time.
  tell(rows.length);
})();
