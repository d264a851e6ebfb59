// Numbers of a table when only some of its tasks are kept; the same rules as benchmarks/scoring.py.

const COLUMNS = [
  ["rank", "rank", "Shared by methods that the paired bootstrap over families and seeds cannot tell apart (=). Of all tasks."],
  ["method", "method", "As named on the command line."],
  ["kind", "kind", "What the number claims to be: an estimate, or a lower or upper bound."],
  ["score", "score", "Mean absolute error, averaged within rank class, then family, then suite. A cell that failed or was left out scores the largest of always-zero's error, the worst completed method's error on it, and 0.1 nats."],
  ["mae", "MAE", "The plain mean over tasks of the mean over seeds; failed cells as in the score."],
  ["failed", "failed", "Cells that raised, hung, died or returned no finite number."],
  ["missing", "missing", "Cells that were not run although the method ran with that seed elsewhere in the suite."],
  ["bias", "bias", "Mean signed error of completed cells."],
  ["sd", "sd", "Standard deviation over seeds, mean over tasks."],
  ["relative", "rel.", "Absolute error over the truth, or over 0.1 nats when the truth is less."],
  ["normalised", "norm.", "Absolute error over the standard error of knowing the density ratio: 1 is as good as can be."],
  ["solved", "solved", "Share of cells within 0.05 nats, a tenth of the truth, or three noise floors."],
  ["coverage", "coverage", "Share of intervals that hold the truth."],
  ["width", "width", "Mean width of the intervals."],
  ["winkler", "Winkler", "Interval score: the width, plus 2/alpha times how far outside the truth lies."],
  ["misled", "misled", "Share of completed cells called OK though an estimate is off by more than 0.05 nats and a tenth of the truth and its interval leaves the truth out, or though the interval of a bound lies beyond the truth by more than that."],
  ["good_refused", "good refused", "Share of the values within 0.05 nats or a tenth of the truth that were called UNRELIABLE."],
  ["refused", "refused", "Share of completed cells that the method called UNRELIABLE."],
  ["precision", "right", "Share of the refused cells that were indeed not solved."],
  ["beyond", "beyond", "For bounds: share of cells past the truth by more than two standard errors."],
  ["seconds", "seconds", "Median warm fit, interval included, mean over tasks."],
  ["seconds_first", "first", "The first fit of a shape in a process, imports and compilation included."],
  ["peak_mb", "MB", "Peak resident memory of the worker process."],
];
// A second table, so that the first stays readable.
const TESTS = [
  ["method", "method", "As named on the command line."],
  ["alarms", "size", "An interval above 0 rejects independence: share of such alarms where the truth is 0."],
  ["power", "power", "Share of intervals above 0 where the truth is 0.05 to 0.2 nats."],
  ["tau", "Kendall tau", "Of mean estimate against truth over pairs of tasks of one family with different truths, mean over families."],
  ["crps", "CRPS", "Continuous ranked probability score of the stored quantiles, in nats: as the absolute error, but for a whole distribution."],
];
const SHARES = new Set(["solved", "coverage", "alarms", "power", "refused", "precision", "beyond", "misled", "good_refused"]);

function known(values) { return values.filter(v => v !== null && v !== undefined); }
function mean(values) { const v = known(values); return v.length ? v.reduce((a, b) => a + b, 0) / v.length : null; }
function sum(values) { return known(values).reduce((a, b) => a + b, 0); }
function ratio(a, b) { return b ? a / b : null; }

function grouped(items, name) {
  const groups = new Map();
  for (const item of items) {
    const key = name(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return [...groups.values()];
}

function balanced(tasks, values) {
  const pairs = tasks.map((task, i) => ({ task, value: values[i] })).filter(p => p.value !== null && p.value !== undefined);
  const families = grouped(pairs, p => p.task.family).map(family =>
    mean(grouped(family, p => p.task.rank_class).map(members => mean(members.map(p => p.value)))));
  return mean(families);
}

// Kendall's tau over pairs of tasks whose truths differ.
function ordering(tasks, own) {
  const pairs = tasks.map((task, i) => ({ family: task.family, truth: task.truth, value: task.truth + own[i].bias, known: own[i].bias !== null }));
  const found = grouped(pairs.filter(p => p.known), p => p.family).map(family => {
    const right = [];
    family.forEach((a, i) => family.slice(i + 1).forEach(b => {
      if (Math.abs(a.truth - b.truth) > 1e-6) right.push(Math.sign(a.truth - b.truth) * Math.sign(a.value - b.value));
    }));
    return right.length >= 3 ? mean(right) : null;
  });
  return mean(found);
}

function aggregate(table, keep) {
  const index = table.tasks.map((task, i) => i).filter(i => keep(table.tasks[i]));
  const tasks = index.map(i => table.tasks[i]);
  const all = index.length === table.tasks.length;
  const lines = table.lines.map(line => {
    const own = index.map(i => line.tasks[i]);
    const pick = name => own.map(t => t[name]);
    const found = { ...line, own, score: balanced(tasks, pick("mae")), mae: mean(pick("mae")) };
    if (line.reference) return found;
    for (const name of ["bias", "sd", "relative", "normalised", "width", "winkler", "crps", "seconds", "seconds_first"]) found[name] = mean(pick(name));
    for (const name of ["cells", "completed", "failed", "missing", "intervals"]) found[name] = sum(pick(name));
    found.solved = ratio(sum(pick("solved")), found.cells);
    found.coverage = ratio(sum(pick("covered")), found.intervals);
    found.alarms = ratio(sum(pick("alarms")), sum(pick("nulls")));
    found.power = ratio(sum(pick("detected")), sum(pick("weak")));
    found.tau = ordering(tasks, own);
    found.misled = ratio(sum(pick("misled")), sum(pick("judged")));
    found.good_refused = ratio(sum(pick("good_refused")), sum(pick("good")));
    found.refused = ratio(sum(pick("refused")), found.completed);
    found.precision = ratio(sum(pick("refused_rightly")), sum(pick("refused")));
    found.beyond = ratio(sum(pick("beyond")), sum(pick("bounds")));
    found.peak_mb = known(pick("peak_mb")).length ? Math.max(...known(pick("peak_mb"))) : null;
    const levels = grouped(own.flatMap(t => t.levels || []), l => l[0]);
    found.levels = levels.map(l => [l[0][0], sum(l.map(x => x[1])) / sum(l.map(x => x[2]))]).sort((a, b) => a[0] - b[0]);
    // Ranks and intervals were computed for all tasks, and hold for no other choice.
    if (!all) { found.rank = null; found.tied = false; found.low = found.high = null; }
    return found;
  });
  return { tasks, lines };
}

function number(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 0.01 || size < 1e-6 ? value.toFixed(3) : value.toPrecision(2);
}
function share(value) { return value === null || value === undefined ? "" : (100 * value).toFixed(0) + " %"; }

function shown(line, name) {
  if (name === "rank") return line.rank ? line.rank + (line.tied ? " =" : "") : "";
  if (name === "method" || name === "kind") return line[name];
  if (name === "failed" || name === "missing") return line.reference ? "" : line[name] ? `${line[name]}/${line.cells}` : "0";
  if (SHARES.has(name)) return share(line[name]);
  if (name === "peak_mb") return line.peak_mb ? line.peak_mb.toFixed(0) : "";
  return number(line[name]);
}
