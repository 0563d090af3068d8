"use strict";
(() => {
  // More rows at a time take a browser too long for a search while one types.
  const MOST = 200;
  const search = document.getElementById("search");
  const outcome = document.getElementById("outcome");
  const found = document.getElementById("found");
  const all = document.getElementById("all");
  const table = document.getElementById("rows");
  const rows = Array.from(table.rows, (row) => ({
    row,
    text: row.textContent.toLowerCase(),
  }));

  function show(most) {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, text } of rows) {
      const fits =
        (!outcome.value || row.dataset.outcome === outcome.value) &&
        words.every((word) => text.includes(word));
      count += fits;
      const hidden = !fits || count > most;
      if (row.hidden !== hidden) row.hidden = hidden;
    }
    found.textContent = `${count} of ${rows.length} vehicles`;
    all.hidden = count <= most;
    all.textContent = `Show all ${count}`;
  }

  search.addEventListener("input", () => show(MOST));
  outcome.addEventListener("change", () => show(MOST));
  all.addEventListener("click", () => show(Infinity));
  addEventListener("beforeprint", () => {
    if (document.getElementById("printed").checked) show(Infinity);
  });
  document.getElementById("finder").hidden = false;
  show(MOST);
  table.classList.add("ready");
})();
