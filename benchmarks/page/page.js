// What is chosen, and drawing it.

const board = JSON.parse(document.getElementById("board").textContent);
const PALETTE = ["#3b78c9", "#d9772b", "#3f9d5a", "#c24a4a", "#8a63c4", "#8a6a4f", "#cf6fb0", "#2aa3a3", "#a3a12a", "#6f7d8c",
  "#7fb0ff", "#f0a868", "#86cf9a", "#ec9a9a", "#bfa4ea", "#c4a68d", "#eeacd8", "#7fd6d6", "#d6d36a", "#b3bec9"];
const methods = [...new Set(board.tables.flatMap(t => t.lines.filter(l => !l.reference).map(l => l.method)))].sort();
const colour = name => { const i = methods.indexOf(name); return i < 0 ? "#9aa4ae" : PALETTE[i % PALETTE.length]; };
const DIMENSIONS = { all: () => true, "2": d => d === 2, "3 to 6": d => d >= 3 && d <= 6, "7 to 20": d => d >= 7 && d <= 20, "over 20": d => d > 20 };
const state = { suite: board.tables.length ? board.tables[0].suite : "", n: null, dimension: "all", sort: "score", down: false, what: "mae" };
const OVERALL = "Methods are compared pair by pair on the cells that both ran, so that what was not run is neither won nor lost. "
  + "Error: fitted by least squares to the mean log ratios of their errors, as a multiple of the geometric mean of the ranked methods; "
  + "Winkler: the same of the interval scores. Misled and good refused: means over suites and sizes; worst: the largest share misled.";
const $ = id => document.getElementById(id);

function element(name, text, attributes = {}) {
  const node = document.createElement(name);
  node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
function sizes() { return board.tables.filter(t => t.suite === state.suite).map(t => t.n); }
function current() { return board.tables.find(t => t.suite === state.suite && t.n === state.n); }
function keep(task) { return DIMENSIONS[state.dimension](task.dim_x + task.dim_y); }

function controls() {
  $("suites").replaceChildren(...[...new Set(board.tables.map(t => t.suite))].map(name => {
    const button = element("button", name, { "aria-pressed": String(name === state.suite) });
    button.onclick = () => { state.suite = name; state.n = null; state.dimension = "all"; draw(); };
    return button;
  }));
  $("n").replaceChildren(...sizes().map(n => element("option", n, { value: n, ...(n === state.n ? { selected: "" } : {}) })));
  const here = Object.keys(DIMENSIONS).filter(name => name === "all" || current().tasks.some(t => DIMENSIONS[name](t.dim_x + t.dim_y)));
  $("dimension").replaceChildren(...here.map(d => element("option", d, { value: d, ...(d === state.dimension ? { selected: "" } : {}) })));
}

function ranking(table, found) {
  const columns = COLUMNS.filter(([name]) => !["beyond", "missing", "rank"].includes(name)
    || found.lines.some(l => name === "missing" ? l[name] : l[name] !== null && l[name] !== undefined));
  const lines = [...found.lines].sort((a, b) => {
    const [x, y] = [a[state.sort], b[state.sort]];
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    return (state.down ? -1 : 1) * (typeof x === "string" ? x.localeCompare(y) : x - y);
  });
  const head = element("tr", "");
  for (const [name, label, meaning] of columns) {
    const cell = element("th", label + (name === state.sort ? (state.down ? " ▾" : " ▴") : ""), { title: meaning, tabindex: 0 });
    if (name === "method" || name === "kind") cell.className = "text";
    if (name === state.sort) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    cell.onclick = () => { state.down = name === state.sort && !state.down; state.sort = name; draw(); };
    cell.onkeydown = event => { if (event.key === "Enter") cell.onclick(); };
    head.append(cell);
  }
  const body = lines.map(line => {
    const row = element("tr", "", line.reference ? { class: "reference" } : {});
    for (const [name] of columns) {
      const cell = element("td", shown(line, name));
      if (name === "method" || name === "kind") cell.className = "text";
      if (name === "method" && !line.reference) cell.prepend(element("span", "", { class: "dot", style: `background:${colour(line.method)}` }));
      if (name === "score" && line.low !== null && line.low !== undefined) cell.append(element("span", `${number(line.low)}–${number(line.high)}`, { class: "ends" }));
      if ((name === "failed" || name === "missing") && line[name]) cell.className = "bad";
      row.append(cell);
    }
    return row;
  });
  $("ranking").replaceChildren(head, ...body);
  tests(found);
  $("unranked").textContent = table.scores.length ? "Not ranked, since the number is no mutual information: " + table.scores.map(s => s.method).join(", ") + "." : "";
  const reasons = new Map();
  for (const line of found.lines) line.own.forEach((scores, i) => (scores.reasons || []).forEach(reason => {
    const key = `${line.method}: ${reason}`;
    reasons.set(key, [...(reasons.get(key) || []), found.tasks[i].name]);
  }));
  $("failures").hidden = !reasons.size;
  $("failures").querySelector("ul").replaceChildren(...[...reasons].map(([reason, tasks]) => element("li", `${reason} (${tasks.join(", ")})`)));
}

function tests(found) {
  const lines = found.lines.filter(l => !l.reference);
  const columns = TESTS.filter(([name]) => name === "method" || lines.some(l => l[name] !== null && l[name] !== undefined));
  $("testing").hidden = $("tests").hidden = columns.length < 2;
  const head = element("tr", "");
  head.append(...columns.map(([name, label, meaning]) => element("th", label, { title: meaning, class: name === "method" ? "text" : "" })));
  $("tests").replaceChildren(head, ...lines.map(line => {
    const row = element("tr", "");
    row.append(...columns.map(([name]) => element("td", shown(line, name), { class: name === "method" ? "text" : "" })));
    return row;
  }));
}

function warm(t, hue = 48 - 40 * t) {
  return { background: `hsl(${hue} ${40 + 40 * t}% ${96 - 50 * t}%)`, color: t > 0.75 ? "#fff" : "#1b1f24" };
}
function within(value, low, high) { return Math.min(1, Math.max(0, Math.log(value / low) / Math.log(high / low))); }

// What a cell of the heat map says, and its colour; errors are white at 0.005 nats and full at 1, by the logarithm.
const SHOWN = {
  mae: s => [number(s.mae), warm(within(s.mae, 0.005, 1))],
  bias: s => [(s.bias > 0 ? "+" : "") + number(s.bias), s.bias < 0 ? warm(within(-s.bias, 0.005, 1), 215) : warm(within(s.bias, 0.005, 1))],
  coverage: (s, level) => [share(s.covered / s.intervals), warm(Math.min(1, Math.max(0, (level - s.covered / s.intervals) / 0.6)))],
  seconds: s => [number(s.seconds), warm(within(s.seconds, 0.001, 100))],
};
function cellOf(scores, level) {
  const value = state.what === "coverage" ? scores.intervals || null : scores[state.what];
  return value === null || value === undefined ? ["", {}] : SHOWN[state.what](scores, level);
}

function heat(found, level) {
  const lines = [...found.lines].filter(l => state.what === "mae" || !l.reference).sort((a, b) => a.score - b.score);
  const head = element("tr", "");
  head.append(element("th", "task", { class: "text" }), element("th", "dim"), element("th", "truth"), ...lines.map(l => element("th", l.method.replace(/[:=-]/g, "$&\u200b"), { class: "name" })));
  const rows = [head];
  let family = null;
  found.tasks.forEach((task, i) => {
    if (task.family !== family) {
      family = task.family;
      const title = element("tr", "");
      title.append(element("td", family, { class: "text family", colspan: 3 + lines.length }));
      rows.push(title);
    }
    const row = element("tr", "");
    row.append(element("td", task.name, { class: "text", title: `${task.truth_kind}; rank class ${task.rank_class}` }), element("td", `${task.dim_x}×${task.dim_y}`), element("td", number(task.truth)));
    for (const line of lines) {
      const scores = line.own[i];
      const failed = scores.failed || scores.missing;
      const [text, style] = cellOf(scores, level);
      const cell = element("td", text + (failed ? "†" : ""), { class: "cell" });
      Object.assign(cell.style, style);
      const more = [`${line.method} on ${task.name}: ${number(scores.mae)} nats`];
      if (scores.bias !== null && scores.bias !== undefined) more.push(`signed ${number(scores.bias)}, sd ${number(scores.sd)}`);
      if (scores.intervals) more.push(`covered ${scores.covered} of ${scores.intervals}, width ${number(scores.width)}`);
      if (scores.seconds) more.push(`${number(scores.seconds)} s`);
      if (failed) more.push(...(scores.reasons || []), scores.missing ? `${scores.missing} not run` : "");
      cell.title = more.filter(Boolean).join("\n");
      row.append(cell);
    }
    rows.push(row);
  });
  $("heat").replaceChildren(...rows);
}

function charts(table, found) {
  const own = found.lines.filter(l => !l.reference);
  const reference = found.lines.filter(l => l.reference);
  const one = (line, points, dash) => ({ name: line.method, color: colour(line.method), points, dash });
  $("key").replaceChildren(...own.map(l => { const item = element("span", l.method); item.prepend(element("span", "", { class: "dot", style: `background:${colour(l.method)}` })); return item; }));
  chart($("time"), own.map(l => one(l, [[l.seconds, l.score]])), { xLog: true, yLog: true, xLabel: "seconds", yLabel: "score (nats)" });
  const at = new Map();
  for (const n of sizes()) for (const line of aggregate(board.tables.find(t => t.suite === state.suite && t.n === n), keep).lines) {
    if (!at.has(line.method)) at.set(line.method, []);
    at.get(line.method).push([n, line.score]);
  }
  if (sizes().length < 2) $("size").replaceChildren(element("p", `Measured at n = ${table.n} alone.`, { class: "note" }));
  else chart($("size"), [...at].map(([name, points]) => one({ method: name }, points, reference.some(r => r.method === name) ? "3 3" : "")),
    { xLog: true, yLog: true, xLabel: "n", yLabel: "score (nats)", lines: true, xTicks: sizes() });
  chart($("coverage"), own.map(l => one(l, l.levels)), { xLabel: "nominal", yLabel: "coverage", lines: true, diagonal: true, unnamed: true, xTicks: [0.5, 0.8, 0.9, 0.99], xRange: [0.5, 1], yRange: [0, 1] });
}

function overall() {
  if (board.tables.length < 2 || !board.overall.length) return;
  const table = element("table", ""), head = element("tr", "");
  const rate = value => value === null ? "" : (100 * value).toFixed(1) + " %";
  const text = { class: "text" }, columns = 9;
  head.append(element("th", "rank"), element("th", "method", text), element("th", "error"), element("th", "misled"), element("th", "worst", text),
    element("th", "good refused"), element("th", "Winkler"), element("th", "suites"), element("th", "cells"));
  table.append(head);
  let ranked = true;
  for (const one of board.overall) {
    if (ranked && one.rank === null) {
      ranked = false;
      const line = element("tr", "");
      line.append(element("td", "Run on less than half of the suites: placed against the ranked methods on common cells.", { class: "text family", colspan: columns }));
      table.append(line);
    }
    const row = element("tr", ""), error = element("td", number(one.error));
    if (one.low !== null) error.append(element("span", `${number(one.low)}–${number(one.high)}`, { class: "ends" }));
    row.append(element("td", shown(one, "rank")), element("td", one.method, text), error, element("td", rate(one.misled)),
      element("td", `${rate(one.worst)} ${one.worst_table}`.trim(), text), element("td", rate(one.good_refused)),
      element("td", number(one.winkler)), element("td", Number(one.suites.toPrecision(3))), element("td", one.cells));
    table.append(row);
  }
  $("overall").replaceChildren(element("h2", "All suites and sizes"), element("p", OVERALL, { class: "note" }), table);
}

function draw() {
  if (!board.tables.length) { $("title").textContent = "No rows"; return; }
  if (!sizes().includes(state.n)) state.n = sizes()[sizes().length - 1];
  controls();
  const table = current(), found = aggregate(table, keep);
  const seeds = [...new Set(Object.values(table.seeds))].sort((a, b) => a - b).join(" or ");
  $("title").textContent = `${table.suite}, n = ${table.n}`;
  $("about").textContent = `${found.tasks.length} of ${table.tasks.length} tasks, ${seeds} seeds, ` +
    (found.lines.length ? `intervals at ${table.level.map(share).join(", ") || "no level"}. Click a heading to sort.` : "each cell several fits.");
  for (const part of document.querySelectorAll(".scored")) part.hidden = !found.lines.length;
  related(table);
  ranking(table, found);
  heat(found, table.level[0] || 0.95);
  charts(table, found);
}

$("what").onchange = event => { state.what = event.target.value; draw(); };
$("n").onchange = event => { state.n = Number(event.target.value); draw(); };
$("dimension").onchange = event => { state.dimension = event.target.value; draw(); };
$("legend").replaceChildren(...[...COLUMNS, ...TESTS.slice(1)].flatMap(([, label, meaning]) => [element("dt", label), element("dd", meaning)]));
$("command").textContent = board.command;
$("runs").textContent = board.runs.join("\n");
$("where").textContent = `${board.cells} cells. Machine: ${board.machines.join("; ")}. Versions: ${board.versions.join("; ")}.`;
overall();
draw();
