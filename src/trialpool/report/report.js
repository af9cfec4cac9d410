// Of the report: answers from the draws that the page carries, as `trialpool ask` does. No network.
(function () {
"use strict";

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("draws").textContent);
const outcomes = data.outcomes.map(unpack);
const QUIET = 500; // milliseconds without a change before a screen reader is told
const TABLE = [1, 3, 6, 12, 18, 24, 36, 48, 60];
let here = null, timer = null;

// ------------------------------------------------------------------------------------- numbers

// 24-bit steps, (name, month, draw); the reference has effect 0 and is not carried.
function unpack(outcome) {
  const text = atob(outcome.values), steps = new Int32Array(text.length / 3);
  for (let i = 0, at = 0; i < steps.length; i += 1, at += 3) {
    const bits = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16);
    steps[i] = (bits << 8) >> 8; // the sign
  }
  return { ...outcome, steps };
}

// Where a month lies on the grid: places to its left and right, and the share of the right one.
function onGrid(o, month) {
  if (!o.months) { return [0, 0, 0]; }
  let right = o.months.findIndex((m) => m >= month);
  if (right < 0) { right = o.months.length - 1; }
  if (right === 0 || o.months[right] === month) { return [right, right, 0]; }
  const left = right - 1;
  return [left, right, (month - o.months[left]) / (o.months[right] - o.months[left])];
}

// Gain of one over another in each draw, in the unit of the outcome; positive is better.
function gains(o, one, other, month) {
  const [left, right, share] = onGrid(o, month), count = o.kept;
  const columns = o.months ? o.months.length : 1, found = new Float64Array(count);
  for (const [name, sign] of [[one, 1], [other, -1]]) {
    const place = o.names.indexOf(name) - 1;
    if (place < 0) { continue; }
    const a = (place * columns + left) * count, b = (place * columns + right) * count;
    for (let i = 0; i < count; i += 1) {
      found[i] += sign * o.scale * ((1 - share) * o.steps[a + i] + share * o.steps[b + i]);
    }
  }
  return found;
}

function shareOver(values, least) {
  let count = 0;
  for (const value of values) { if (value > least) { count += 1; } }
  return count / values.length;
}

// A margin as a gain: of adverse events, a percentage of their odds, risk or rate.
function asGain(o, margin) {
  return o.margins.percent ? -Math.log1p(-margin / 100) : margin;
}

function quantile(sorted, p) {
  const at = p * (sorted.length - 1), low = Math.floor(at), high = Math.ceil(at);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

// Median and 95 % interval of the difference as people read it: with its own sign, or as a ratio.
function summary(o, values) {
  const shown = values.map((v) => o.sign * v).sort();
  const found = [0.5, 0.025, 0.975].map((p) => quantile(shown, p));
  return o.ratio ? found.map(Math.exp) : found;
}

// --------------------------------------------------------------------------------------- words

const probabilityText = (p) => (p >= 0.9995 ? "0.9995 or more" : p <= 0.0005 ? "0.0005 or less" : p.toFixed(3));
const likely = (p) => data.likelihoods.find(([lowest]) => p >= lowest)[1];
const short = (value) => String(Number(value.toPrecision(3)));
const unitOf = (o) => (o.margins.percent ? "%" : o.unit === "points of 100" ? "points" : o.unit === "SDs of the patients" ? "SDs" : o.unit);
const when = (o, month) => (o.months ? ` at ${month} month${month === 1 ? "" : "s"}` : "");

function claim(o, s) {
  const size = short(Math.abs(s.margin));
  if (o.margins.percent) {
    const what = `${o.ratio.replace(" ratio", "")} of ${o.name} with ${s.one}`;
    const by = s.margin > 0 ? `more than ${size} % lower than` : s.margin < 0 ? `lower, or less than ${size} % higher, than` : "lower than";
    return `${what} ${by} with ${s.other}`;
  }
  const by = `${size} ${unitOf(o)}`.trim();
  if (s.margin < 0) {
    return o.way === "larger" ? `effect of ${s.one} larger, or less than ${by} smaller, than that of ${s.other}${when(o, s.month)}`
      : `${s.one} better, or less than ${by} worse, than ${s.other}${when(o, s.month)}`;
  }
  const than = s.margin > 0 ? ` by more than ${by}` : "";
  return o.way === "larger" ? `effect of ${s.one} larger than that of ${s.other}${than}${when(o, s.month)}`
    : `${s.one} better than ${s.other}${than}${when(o, s.month)}`;
}

// Last month at which trials reported of both; null where there is no time course.
function lastSeen(o, s) {
  if (!o.months) { return null; }
  const seen = [s.one, s.other].filter((name) => name !== o.reference).map((name) => o.seen[name]);
  return seen.reduce((least, m) => Math.min(least, m === null ? 0 : m), Infinity);
}

function standsBehind(o, s) {
  const lines = [s.one, s.other].map((name) => `${name}: ${o.behind[name]}`);
  const count = o.direct[o.names.indexOf(s.one)][o.names.indexOf(s.other)];
  lines.push(count === 0 ? "no trial compares them directly"
    : count === 1 ? "1 trial compares them directly" : `${count} trials compare them directly`);
  for (const name of [s.one, s.other]) {
    if (name === o.reference || !o.months) { continue; }
    if (o.seen[name] === null) { lines.push(`EXTRAPOLATED: no follow-up is recorded for ${name}`); }
    else if (o.seen[name] < s.month) { lines.push(`EXTRAPOLATED: ${name} was last seen at ${o.seen[name]} months`); }
  }
  return lines;
}

// ------------------------------------------------------------------------------------- drawing

const BOX = { left: 52, right: 445, top: 16, bottom: 212 };

function put(parent, name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) { made.setAttribute(key, value); }
  if (text !== undefined) { made.textContent = text; }
  parent.append(made);
  return made;
}

const path = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");

function axis(svg, ticks, place, label) {
  put(svg, "line", { x1: BOX.left, y1: BOX.bottom, x2: BOX.right, y2: BOX.bottom, class: "axis" });
  for (const [value, text] of ticks) {
    put(svg, "line", { x1: place(value), y1: BOX.bottom, x2: place(value), y2: BOX.bottom + 5, class: "axis" });
    put(svg, "text", { x: place(value), y: BOX.bottom + 19, "text-anchor": "middle" }, text);
  }
  put(svg, "text", { x: (BOX.left + BOX.right) / 2, y: BOX.bottom + 40, "text-anchor": "middle" }, label);
}

function drawCurve(o, s) {
  const svg = byId("curve");
  svg.replaceChildren();
  byId("curve-figure").hidden = !o.months;
  if (!o.months) { return; }
  const last = o.months[o.months.length - 1], seen = Math.min(lastSeen(o, s), last);
  const x = (m) => BOX.left + (m / last) * (BOX.right - BOX.left);
  const y = (p) => BOX.bottom - p * (BOX.bottom - BOX.top);
  const months = [...new Set([...o.months, ...Array.from({ length: Math.floor(last) }, (_, i) => i + 1), seen])]
    .filter((m) => m > 0).sort((a, b) => a - b);
  const limit = asGain(o, s.margin);
  const points = months.map((m) => [m, shareOver(gains(o, s.one, s.other, m), limit)]);
  if (seen < last) {
    put(svg, "rect", { x: x(seen), y: BOX.top, width: x(last) - x(seen), height: BOX.bottom - BOX.top, class: "unseen" });
    if (last - seen > 0.25 * last) { put(svg, "text", { x: x(last) - 6, y: BOX.top + 15, "text-anchor": "end" }, "extrapolated"); }
  }
  for (const p of [0, 0.25, 0.5, 0.75, 1]) {
    put(svg, "line", { x1: BOX.left, y1: y(p), x2: BOX.right, y2: y(p), class: "faint" });
    put(svg, "text", { x: BOX.left - 7, y: y(p) + 4, "text-anchor": "end" }, String(p));
  }
  const step = last > 36 ? 12 : last > 12 ? 6 : last > 6 ? 3 : 1;
  const ticks = Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => [i * step, String(i * step)]);
  axis(svg, ticks, x, "months since the injection");
  const at = ([m, p]) => [x(m), y(p)];
  put(svg, "path", { d: path(points.filter(([m]) => m <= seen).map(at)), class: "line" });
  put(svg, "path", { d: path(points.filter(([m]) => m >= seen).map(at)), class: "line dashed" });
  put(svg, "circle", { cx: x(s.month), cy: y(s.probability), r: 6, class: "here" });
  const told = points.filter(([m]) => TABLE.includes(m)).map(([m, p]) => `month ${m} ${probabilityText(p)}`);
  byId("curve-words").textContent = `${told.join(", ")}.${seen < last ? ` Extrapolated after month ${seen}.` : ""}`;
}

// Smoothed histogram, of the width that Silverman's rule gives.
function density(values, low, high, bins) {
  const counts = new Float64Array(bins), gap = (high - low) / (bins - 1), sorted = Float64Array.from(values).sort();
  for (const v of values) {
    const place = Math.round((v - low) / gap);
    if (place >= 0 && place < bins) { counts[place] += 1; }
  }
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const sd = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  const apart = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.34;
  const width = Math.max(0.9 * (Math.min(sd, apart) || sd) * values.length ** -0.2, gap), reach = Math.ceil((3 * width) / gap);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * (((i - reach) * gap) / width) ** 2));
  return Array.from(counts, (_, i) => kernel.reduce((sum, k, j) => sum + k * (counts[i + j - reach] || 0), 0));
}

function niceTicks(low, high) {
  const raw = (high - low) / 6, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((v) => v >= raw);
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high; n += 1) { found.push([n * step, short(n * step)]); }
  return found;
}

function ratioTicks(low, high) {
  const all = [];
  for (let e = -6; e <= 6; e += 1) { for (const m of [1, 2, 5]) { all.push(m * 10 ** e); } }
  let found = all.filter((v) => Math.log(v) >= low && Math.log(v) <= high);
  if (found.length > 7) { found = found.filter((v) => Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-9); }
  return found.map((v) => [Math.log(v), short(v)]);
}

function drawDensity(o, s) {
  const svg = byId("density"), shown = s.values.map((v) => o.sign * v), limit = o.sign * asGain(o, s.margin);
  svg.replaceChildren();
  const sorted = Float64Array.from(shown).sort();
  let low = Math.min(quantile(sorted, 0.002), 0, limit), high = Math.max(quantile(sorted, 0.998), 0, limit);
  if (!(high > low)) { return; }
  const gap = 0.04 * (high - low), bins = 140;
  low -= gap; high += gap;
  const heights = density(shown, low, high, bins), top = Math.max(...heights);
  const x = (v) => BOX.left + ((v - low) / (high - low)) * (BOX.right - BOX.left);
  const y = (h) => BOX.bottom - (h / top) * (BOX.bottom - BOX.top - 14);
  const points = heights.map((h, i) => [low + (i * (high - low)) / (bins - 1), h]);
  const inside = points.filter(([v]) => (o.sign > 0 ? v >= limit : v <= limit)).map(([v, h]) => [x(v), y(h)]);
  if (inside.length) {
    const [first, end] = [inside[0][0], inside[inside.length - 1][0]];
    put(svg, "path", { d: `${path([[first, BOX.bottom], ...inside, [end, BOX.bottom]])}Z`, class: "area" });
  }
  put(svg, "line", { x1: x(0), y1: BOX.top, x2: x(0), y2: BOX.bottom, class: "faint" });
  if (s.margin !== 0) { put(svg, "line", { x1: x(limit), y1: BOX.top, x2: x(limit), y2: BOX.bottom, class: "marginal" }); }
  put(svg, "path", { d: path(points.map(([v, h]) => [x(v), y(h)])), class: "line" });
  axis(svg, o.ratio ? ratioTicks(low, high) : niceTicks(low, high), x, o.ratio || o.unit);
  byId("density-caption").textContent = o.ratio ? `${o.ratio}, ${s.one} against ${s.other}`
    : `${s.one} minus ${s.other}${when(o, s.month)}`;
  byId("density-words").textContent = `Density with median ${short(s.told[0])}, 95 % credible interval ${short(s.told[1])} to ${short(s.told[2])}; the shaded part is ${probabilityText(s.probability)} of it.`;
}

function fillTable(o, s) {
  const body = byId("numbers-body");
  if (!byId("numbers").open) { return; }
  body.replaceChildren();
  byId("numbers-caption").textContent = claim(o, s).replace(when(o, s.month), "");
  const seen = lastSeen(o, s);
  const months = o.months ? TABLE.filter((m) => m <= o.months[o.months.length - 1]) : [null];
  for (const month of months) {
    const values = gains(o, s.one, s.other, month), told = summary(o, values), row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = month === null ? "–" : String(month);
    row.append(head);
    const cells = [probabilityText(shareOver(values, asGain(o, s.margin))), short(told[0]), `${short(told[1])} to ${short(told[2])}`,
      month === null ? "" : month > seen ? "extrapolated" : "seen"];
    for (const text of cells) { row.append(Object.assign(document.createElement("td"), { textContent: text })); }
    body.append(row);
  }
}

// ----------------------------------------------------------------------------------------- page

function say(text) {
  clearTimeout(timer);
  timer = setTimeout(() => { byId("spoken").textContent = text; }, QUIET);
}

function nothing(text) {
  for (const id of ["probability", "words", "difference"]) { byId(id).textContent = ""; }
  for (const id of ["behind", "curve", "density", "numbers-body"]) { byId(id).replaceChildren(); }
  byId("claim").textContent = text;
  say(text);
}

function update() {
  const o = here, s = { one: byId("one").value, other: byId("other").value, month: Number(byId("month").value), margin: Number(byId("margin").value) };
  const size = `${short(s.margin)} ${unitOf(o)}`.trim(), month = `month ${s.month}`;
  byId("margin-shown").textContent = size;
  byId("margin").setAttribute("aria-valuetext", size);
  byId("month-shown").textContent = month;
  byId("month").setAttribute("aria-valuetext", month);
  if (s.one === s.other) { return nothing("Choose two different therapies."); }
  if (!o.connected[o.names.indexOf(s.one)][o.names.indexOf(s.other)]) {
    return nothing(`No path of trials connects ${s.one} and ${s.other}: their difference would be the prior's.`);
  }
  s.values = gains(o, s.one, s.other, s.month);
  s.probability = shareOver(s.values, asGain(o, s.margin));
  s.told = summary(o, s.values);
  const text = claim(o, s), lines = standsBehind(o, s), p = probabilityText(s.probability);
  const [median, lower, upper] = s.told.map(short);
  byId("claim").textContent = `Probability: ${text}`;
  byId("probability").textContent = p;
  byId("words").textContent = likely(s.probability);
  byId("difference").textContent = `${o.ratio ? o.ratio : "Difference, median"} ${median} (95 % credible interval ${lower} to ${upper})${o.ratio ? "" : ` ${o.unit}`}`;
  byId("behind").replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"),
    { textContent: line, className: line.startsWith("EXTRAPOLATED") ? "warn" : "" })));
  drawCurve(o, s);
  drawDensity(o, s);
  fillTable(o, s);
  const warned = lines.some((line) => line.startsWith("EXTRAPOLATED")) ? ", extrapolated" : "";
  say(`${text}: probability ${p}, ${likely(s.probability)}${warned}.`);
}

function options(select, names, chosen) {
  select.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
}

function choose(o) {
  here = o;
  options(byId("one"), o.names, o.start.one);
  options(byId("other"), o.names, o.start.other);
  byId("month-row").hidden = !o.months;
  if (o.months) {
    const last = o.months[o.months.length - 1];
    Object.assign(byId("month"), { min: Math.min(1, last), max: last, step: 1 });
    byId("month").value = o.start.month === null ? Math.min(24, last) : o.start.month;
  }
  const margins = o.margins;
  Object.assign(byId("margin"), { min: margins.lowest, max: margins.highest, step: margins.step });
  byId("margin").value = 0;
  byId("margin-label").textContent = margins.percent ? "Rarer by more than" : o.way === "larger" ? "Larger by more than" : "Better by more than";
  byId("mcid").hidden = !o.mcid;
  byId("mcid").textContent = o.mcid ? `Smallest that matters (${short(o.mcid)})` : "";
  const added = o.kept < o.drawn ? `; leaving the others out adds a standard error of at most ${o.thinning_error.toFixed(3)} to a probability` : "";
  byId("kept").textContent = `Counted on this page in ${o.kept} of ${o.drawn} draws of the posterior${added}.`;
  update();
}

function start() {
  const form = byId("ask"), select = byId("outcome");
  select.replaceChildren(...outcomes.map((o, i) => new Option(o.name, String(i))));
  byId("outcome-row").hidden = outcomes.length < 2;
  select.addEventListener("change", () => choose(outcomes[Number(select.value)]));
  for (const id of ["one", "other", "month", "margin"]) { byId(id).addEventListener("input", update); }
  byId("none").addEventListener("click", () => { byId("margin").value = 0; update(); });
  byId("mcid").addEventListener("click", () => { byId("margin").value = here.mcid; update(); });
  byId("swap").addEventListener("click", () => {
    const [one, other] = [byId("one").value, byId("other").value];
    byId("one").value = other;
    byId("other").value = one;
    update();
  });
  byId("numbers").addEventListener("toggle", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  choose(outcomes[0]);
}

// On paper nothing can be opened: open all while printing.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const one of opened) { one.open = true; }
});
addEventListener("afterprint", () => { for (const one of opened) { one.open = false; } });

if (outcomes.length) { start(); }
})();
