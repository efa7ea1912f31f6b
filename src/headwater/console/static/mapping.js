// The mapping editor: numbers beside the lines, and what the last events become while one types.
"use strict";

const WAIT_MS = 400;

const form = document.querySelector("form[data-mapped]");
const place = document.querySelector("[data-comparison]");
const gutters = new Map();
let timer = 0;
let asking = null;

function number(area) {
  const gutter = document.createElement("div");
  const frame = document.createElement("div");
  frame.className = "numbered";
  gutter.className = "gutter";
  gutter.setAttribute("aria-hidden", "true");
  area.replaceWith(frame);
  frame.append(gutter, area);
  gutters.set(area.name, gutter);
  area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
  area.addEventListener("input", () => count(area));
  count(area);
}

function count(area, wrong = 0) {
  const lines = area.value.split("\n").map((_, index) => {
    const line = document.createElement("span");
    line.textContent = `${index + 1}\n`;
    if (index + 1 === wrong) line.className = "is-wrong";
    return line;
  });
  gutters.get(area.name).replaceChildren(...lines);
  gutters.get(area.name).scrollTop = area.scrollTop;
}

function mark(said) {
  for (const area of form.querySelectorAll("[data-numbered]")) {
    const isWrong = said?.dataset.field === area.name;
    area.toggleAttribute("aria-invalid", false);
    if (isWrong) area.setAttribute("aria-invalid", "true");
    count(area, isWrong ? Number(said.dataset.line) : 0);
  }
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const signal = asking.signal;
  try {
    const answer = await fetch(form.dataset.mapped, { method: "POST", body: new URLSearchParams(new FormData(form)), signal });
    if (answer.redirected || !answer.ok) throw new Error("The server doesn't answer this now. Reload the page.");
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (signal.aborted) return;
    place.replaceChildren(...made.body.childNodes);
    mark(place.querySelector("[data-field]"));
  } catch (error) {
    if (error.name !== "AbortError") place.textContent = error.message;
  }
}

document.querySelectorAll("[data-numbered]").forEach(number);
if (form && place) {
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  if (!place.hasChildNodes()) ask();
}
