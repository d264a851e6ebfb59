// Ratios and differences that have an ideal: a table of their own.

function related(table) {
  const found = table.relations;
  $("related").hidden = !found;
  if (!found) return;
  const ratios = found.quantity === "ratio", [first, second] = found.shown;
  $("relation").textContent = found.legend + " † some cells failed.";
  const head = element("tr", "");
  head.append(element("th", found.head, { class: "text" }), ...(ratios ? [element("th", "ideal")] : []), ...found.methods.map(m => element("th", m)));
  const rows = found.rows.map(line => {
    const row = element("tr", "");
    row.append(element("td", line.name, { class: "text" }), ...(ratios ? [element("td", number(line.ideal))] : []));
    for (const cell of line.cells) {
      const shown = element("td", number(cell[first]) + (cell.failed ? "†" : ""));
      if (cell[second] !== null) shown.append(element("span", `(${number(cell[second])})`, { class: "ends" }));
      // White up to 0.01 from the ideal, full at 1.
      if (cell.deviation !== null) Object.assign(shown.style, warm(within(Math.max(cell.deviation, 1e-9), 0.01, 1)));
      row.append(shown);
    }
    return row;
  });
  const last = element("tr", "", { class: "reference" });
  last.append(element("td", found.mean_row, { class: "text", ...(ratios ? { colspan: 2 } : {}) }), ...found.overall.map(v => element("td", number(v))));
  const why = found.reasons.map(r => {
    const row = element("tr", "");
    row.append(element("td", `${r.method}: ${r.reason} (${r.tasks.join(", ")})`, { class: "text", colspan: found.methods.length + 2 }));
    return row;
  });
  $("relations").replaceChildren(head, ...rows, last, ...why);
}
