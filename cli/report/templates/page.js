"use strict";
(() => {
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));

  // Sorting: numbers by data-sort, everything else as text with its numbers in order.
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort ?? cell.textContent.trim();
  };
  const compare = (one, other) => {
    // What is not known comes last, whichever way the rest goes.
    if (one === "" || other === "") return one === other ? 0 : one === "" ? Infinity : -Infinity;
    const difference = Number(one) - Number(other);
    return Number.isNaN(difference) ? order.compare(one, other) : difference;
  };
  for (const button of all("thead button")) {
    button.addEventListener("click", () => {
      const heading = button.closest("th");
      const body = heading.closest("table").tBodies[0];
      const down = heading.getAttribute("aria-sort") === "ascending";
      for (const other of all("th[aria-sort]", heading.parentNode)) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const column = heading.cellIndex;
      const rows = Array.from(body.rows).map((row) => [valueOf(row, column), row]);
      rows.sort(([one], [other]) => {
        const result = compare(one, other);
        return Number.isFinite(result) && down ? -result : result;
      });
      body.append(...rows.map(([, row]) => row));
    });
  }

  // Filtering: every row that belongs to a server, in all sections together.
  const filter = document.querySelector(".filter");
  const rows = all("[data-server]");
  const words = new Map();
  for (const row of rows) {
    const name = row.dataset.server;
    words.set(name, `${words.get(name) ?? ""} ${row.textContent.toLowerCase()}`);
  }
  const text = filter.querySelector("input");
  const wave = filter.querySelector("select");
  const stages = all(".chips button", filter);
  const apply = () => {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = stages.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.value);
    const shown = new Set();
    for (const row of rows) {
      const { server, stage, wave: of } = row.dataset;
      const fits =
        (!chosen.length || chosen.includes(stage)) &&
        (!wave?.value || wave.value === of) &&
        wanted.every((word) => words.get(server).includes(word));
      row.hidden = !fits;
      if (fits) shown.add(server);
    }
    const filtered = chosen.length || wanted.length || wave?.value;
    filter.querySelector("output").textContent = filtered ? `${shown.size} of ${words.size} servers` : "";
    for (const details of all("details.wave")) {
      const left = all("[data-server]:not([hidden])", details).length;
      details.hidden = Boolean(filtered) && !left;
      if (filtered && left) details.open = true;
    }
  };
  for (const button of stages) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  text.addEventListener("input", apply);
  wave?.addEventListener("change", apply);
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.hidden = false;

  // Paper has no folds.
  addEventListener("beforeprint", () => {
    for (const details of all("details")) details.open = true;
  });
})();
