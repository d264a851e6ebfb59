// Small line and dot charts in SVG.

const WIDTH = 380, HEIGHT = 270, LEFT = 46, RIGHT = 84, TOP = 10, BOTTOM = 38;

function svg(name, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function axis(low, high, log) {
  if (log) { low = Math.log10(low); high = Math.log10(high); }
  if (high - low < 1e-9) { low -= 0.5; high += 0.5; }
  const pad = log ? 0.06 * (high - low) : 0;
  low -= pad; high += pad;
  const place = value => ((log ? Math.log10(value) : value) - low) / (high - low);
  const ticks = [];
  if (log) {
    const steps = high - low > 2.2 ? [1] : high - low > 0.9 ? [1, 3] : [1, 2, 3, 5, 7];
    for (let e = Math.floor(low); e <= Math.ceil(high); e++) for (const s of steps) ticks.push(s * 10 ** e);
  } else for (let i = 0; i <= 4; i++) ticks.push(low + (high - low) * i / 4);
  return { place, ticks: ticks.filter(t => place(t) > -1e-6 && place(t) < 1 + 1e-6) };
}

function tick(value) {
  if (value === 0) return "0";
  if (value >= 10000) return value / 1000 + "k";
  return String(Number(value.toPrecision(2)));
}

// series: [{name, color, points: [[x, y], ...]}]; options: {xLog, yLog, xLabel, yLabel, lines, diagonal, range}
function chart(holder, series, options) {
  holder.replaceChildren();
  series = series.map(s => ({ ...s, points: s.points.filter(p => p.every(v => v !== null && v !== undefined && Number.isFinite(v))
    && (!options.xLog || p[0] > 0) && (!options.yLog || p[1] > 0)) })).filter(s => s.points.length);
  if (!series.length) { holder.append(Object.assign(document.createElement("p"), { className: "note", textContent: "Nothing measured." })); return; }
  const every = series.flatMap(s => s.points);
  const ends = (i, range) => range || [Math.min(...every.map(p => p[i])), Math.max(...every.map(p => p[i]))];
  const x = axis(...ends(0, options.xRange), options.xLog), y = axis(...ends(1, options.yRange), options.yLog);
  const px = v => LEFT + x.place(v) * (WIDTH - LEFT - RIGHT), py = v => HEIGHT - BOTTOM - y.place(v) * (HEIGHT - TOP - BOTTOM);
  const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${options.yLabel} against ${options.xLabel}` });
  const xTicks = options.xTicks || x.ticks;
  for (const t of xTicks) {
    root.append(svg("line", { class: "axis", x1: px(t), x2: px(t), y1: TOP, y2: HEIGHT - BOTTOM }));
    root.append(svg("text", { x: px(t), y: HEIGHT - BOTTOM + 14, "text-anchor": "middle" }, tick(t)));
  }
  for (const t of y.ticks) {
    root.append(svg("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: py(t), y2: py(t) }));
    root.append(svg("text", { x: LEFT - 6, y: py(t) + 4, "text-anchor": "end" }, tick(t)));
  }
  root.append(svg("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, options.xLabel));
  root.append(svg("text", { transform: `translate(10 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)`, "text-anchor": "middle" }, options.yLabel));
  if (options.diagonal) root.append(svg("line", { class: "truth", x1: px(options.xRange[0]), y1: py(options.xRange[0]), x2: px(options.xRange[1]), y2: py(options.xRange[1]) }));
  const labels = [], dots = [];
  for (const s of series) {
    const points = [...s.points].sort((a, b) => a[0] - b[0]);
    if (options.lines && points.length > 1)
      root.append(svg("polyline", { points: points.map(p => `${px(p[0])},${py(p[1])}`).join(" "), fill: "none", stroke: s.color, "stroke-width": 2,
        "stroke-dasharray": s.dash || "none" }));
    for (const p of points) {
      const dot = svg("circle", { cx: px(p[0]), cy: py(p[1]), r: s.dash ? 2.5 : 4, fill: s.color });
      dot.append(svg("title", {}, `${s.name}: ${options.xLabel} ${number(p[0])}, ${options.yLabel} ${number(p[1])}`));
      root.append(dot);
      dots.push([px(p[0]), py(p[1])]);
    }
    const last = points[points.length - 1];
    const name = s.name.length > 13 ? s.name.slice(0, 12) + "…" : s.name;
    if (!options.unnamed) labels.push({ name, from: [px(last[0]), py(last[1])], x: options.lines ? WIDTH - RIGHT + 6 : px(last[0]) + 7, y: py(last[1]) });
  }
  if (options.lines) stack(labels); else scatter(labels, dots);
  for (const l of labels) {
    if (!options.lines && Math.abs(l.y - l.from[1]) > 7) root.append(svg("line", { class: "lead", x1: l.from[0], y1: l.from[1], x2: l.x, y2: l.y }));
    root.append(svg("text", { class: "name", x: l.x, y: l.y + 4 }, l.name));
  }
  holder.append(root);
}

// Names in one column: pushed down where they would overlap, then up where they would leave the chart.
function stack(labels) {
  const gap = Math.min(12, (HEIGHT - BOTTOM - TOP) / Math.max(1, labels.length - 1));
  labels.sort((a, b) => a.y - b.y);
  labels.forEach((l, i) => { if (i) l.y = Math.max(l.y, labels[i - 1].y + gap); });
  for (let i = labels.length - 1; i >= 0; i--) labels[i].y = Math.min(labels[i].y, i + 1 < labels.length ? labels[i + 1].y - gap : HEIGHT - BOTTOM);
}

// Names beside their dots: as little above or below as keeps them off other names and dots.
function scatter(labels, dots) {
  const taken = dots.map(([x, y]) => ({ x: x - 4, y, width: 8 }));
  labels.sort((a, b) => a.y - b.y);
  for (const l of labels) {
    l.width = 6.2 * l.name.length;
    const free = y => y > TOP && y < HEIGHT - BOTTOM && !taken.some(t => Math.abs(t.y - y) < 11 && t.x < l.x + l.width && l.x < t.x + t.width);
    for (let step = 0; step < 60; step++) {
      const y = [l.y + 2 * step, l.y - 2 * step].find(free);
      if (y !== undefined) { l.y = y; break; }
    }
    taken.push(l);
  }
}
