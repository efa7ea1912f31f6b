// Draws the charts of a page again, with a cursor that tells the numbers: from the table that each has, in the colours
// of its legend. A page that is replaced in parts says so with "drawn", and its new charts are drawn.
"use strict";

const LINES = uPlot.paths.linear();
const BARS = uPlot.paths.bars({ size: [0.8, 100] });
const HEIGHT = 200;
const WHOLE = [1, 2, 5].flatMap((one) => Array.from({ length: 13 }, (_none, power) => one * 10 ** power)).sort((a, b) => a - b);
const shown = new Map();

function numbersOf(figure) {
  const rows = [...figure.querySelectorAll("tbody tr")];
  const times = rows.map((row) => Date.parse(row.querySelector("time").dateTime) / 1000);
  const columns = [...figure.querySelectorAll("thead th")].slice(1).map((head, at) => ({
    name: head.textContent,
    values: rows.map((row) => {
      const text = row.cells[at + 1].textContent.replaceAll(",", "");
      return text === "–" ? null : Number(text);
    }),
  }));
  return { times, columns };
}

function colours(figure) {
  return [...figure.querySelectorAll(".swatch")].map((swatch) => getComputedStyle(swatch).backgroundColor);
}

// A day beside the clock's time where that would say midnight only.
function clockOf(seconds, each) {
  const text = new Date(seconds * 1000).toISOString();
  return each >= 86400 ? text.slice(5, 10) : text.slice(11, 16);
}

function optionsOf(figure, times, columns, style) {
  const half = times.length > 1 ? (times[1] - times[0]) / 2 : 30;
  const isLine = figure.dataset.chart === "line";
  const paint = colours(figure);
  const grid = { stroke: style.getPropertyValue("--line"), width: 1 };
  const axis = { stroke: style.color, grid, ticks: { show: false } };
  // On each other: the tallest is drawn first, and the others over it; what is told is each one's own.
  const series = columns.map((column, at) => ({
    label: column.name,
    stroke: paint[at],
    fill: isLine ? undefined : paint[at],
    width: isLine ? 2 : 0,
    paths: isLine ? LINES : BARS,
    points: { show: isLine, size: 4 },
    value: (_plot, _raw, _series, index) => column.values[index]?.toLocaleString("en") ?? "–",
  }));
  return {
    width: figure.querySelector("[data-plot]").clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    cursor: { drag: { x: false, y: false } },
    legend: { live: true, markers: { show: true } },
    scales: {
      x: { range: (_plot, least, most) => [least - half, most + half] },
      y: { range: (_plot, least, most) => [Math.min(0, least), Math.max(0, most) || 1] },
    },
    axes: [
      { ...axis, values: (_plot, ticks, _axis, _space, each) => ticks.map((tick) => clockOf(tick, each)) },
      { ...axis, size: 60, incrs: isLine ? undefined : WHOLE, values: (_plot, ticks) => ticks.map((tick) => tick.toLocaleString("en")) },
    ],
    series: [{ label: "UTC", value: "{YYYY}-{MM}-{DD} {HH}:{mm}" }, ...(isLine ? series : series.reverse())],
  };
}

function stacked(columns) {
  const below = columns[0].values.map(() => 0);
  return columns.map((column) => column.values.map((value, at) => (below[at] += value ?? 0)));
}

function draw(figure) {
  const place = figure.querySelector("[data-plot]");
  if (!place) return;
  const { times, columns } = numbersOf(figure);
  const isLine = figure.dataset.chart === "line";
  const drawn = isLine ? columns.map((column) => column.values) : stacked(columns).reverse();
  const options = optionsOf(figure, times, columns, getComputedStyle(figure));
  const old = place.querySelector("svg");
  const plot = new uPlot(options, [times, ...drawn], place);
  // An attribute: of a drawing there is no such property.
  for (const part of [old, place.querySelector(".most"), place.querySelector(".ends")]) part.setAttribute("hidden", "");
  plot.root.setAttribute("role", "img");
  plot.root.setAttribute("aria-label", old.getAttribute("aria-label"));
  shown.set(figure, plot);
}

function forget(figure) {
  shown.get(figure).destroy();
  shown.delete(figure);
}

function drawAll() {
  for (const figure of shown.keys()) if (!figure.isConnected) forget(figure);
  for (const figure of document.querySelectorAll("[data-chart]")) if (!shown.has(figure)) draw(figure);
}

function drawAnew() {
  for (const figure of [...shown.keys()]) forget(figure);
  drawAll();
}

drawAll();
document.addEventListener("drawn", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAnew);
let waiting;
addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(drawAnew, 200); });
