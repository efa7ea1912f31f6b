// The live half of the debugger. Everything that comes is counted; of a flood only so many a moment are drawn.
"use strict";

const DRAWN_AT_ONCE = 20;
const DRAW_EVERY_MS = 250;
const ROWS = 200;
const TRY_AGAIN_MS = 15000; // where the feed was refused: a browser tries no more by itself

const place = document.querySelector("[data-feed]");
const body = document.querySelector("[data-events]");
const part = (name) => document.querySelector(`[data-${name}]`);
const pause = part("pause");
const detail = part("detail");
const showing = { event: null, as: "pretty" };
const counted = { seen: 0, skipped: 0, missed: 0, lately: 0, since: performance.now() };
let waiting = [];
let isPaused = false;
let after = place.dataset.after;

function cell(text) {
  const made = document.createElement("td");
  made.textContent = text ?? "–";
  return made;
}

function row(event) {
  const made = document.createElement("tr");
  const when = document.createElement("time");
  when.dateTime = when.title = event.received_at;
  when.textContent = event.received_at.replace("T", " ").replace(/\..*$/, "");
  const first = document.createElement("td");
  first.append(when);
  const trace = document.createElement("a");
  trace.textContent = "trace";
  trace.href = `/console/trace?${new URLSearchParams({ message_id: event.message_id, source: event.source })}`;
  const last = document.createElement("td");
  last.append(trace);
  made.append(first, cell(event.source), cell(event.type), cell(event.name), cell(event.user_id ?? event.anonymous_id), last);
  made.dataset.event = JSON.stringify(event);
  prepare(made);
  return made;
}

function prepare(made) {
  made.tabIndex = 0;
  made.addEventListener("click", (event) => { if (!event.target.closest("a")) select(made); });
  made.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target === made) select(made); });
}

function select(made) {
  body.querySelector("[aria-current]")?.removeAttribute("aria-current");
  made.setAttribute("aria-current", "true");
  showing.event = JSON.parse(made.dataset.event).event;
  detail.querySelector("[data-went]").href = made.querySelector("a").href;
  show();
  detail.scrollIntoView({ block: "nearest" }); // on a phone it is below all of them
}

function show() {
  detail.hidden = false;
  const space = showing.as === "pretty" ? 2 : undefined;
  const isText = typeof showing.event === "string";
  detail.querySelector("code").textContent = isText ? showing.event : JSON.stringify(showing.event, null, space);
  for (const button of detail.querySelectorAll("[data-as]")) {
    button.setAttribute("aria-pressed", String(button.dataset.as === showing.as));
  }
}

function draw() {
  const now = performance.now();
  if (now - counted.since >= 1000) {
    part("rate").textContent = Math.round(counted.lately / ((now - counted.since) / 1000)).toLocaleString("en");
    counted.lately = 0;
    counted.since = now;
  }
  if (!isPaused && waiting.length) {
    const drawn = waiting.slice(-DRAWN_AT_ONCE);
    counted.skipped += waiting.length - drawn.length;
    waiting = [];
    body.prepend(...drawn.reverse().map(row));
    while (body.rows.length > ROWS) body.deleteRow(-1);
    part("nothing")?.remove();
  }
  part("seen").textContent = counted.seen.toLocaleString("en");
  part("skipped").textContent = counted.skipped.toLocaleString("en");
  part("left-out").hidden = counted.skipped === 0;
  part("missed").textContent = counted.missed.toLocaleString("en");
  part("missed-out").hidden = counted.missed === 0;
}

function listen() {
  const url = new URL(place.dataset.feed, location.href);
  url.searchParams.set("after", after);
  const feed = new EventSource(url);
  feed.addEventListener("message", (message) => {
    const event = JSON.parse(message.data);
    after = event.offset;
    counted.seen += 1;
    counted.lately += 1;
    waiting.push(event);
    // While paused the newest are kept, and the others counted.
    if (waiting.length > ROWS * 5) {
      counted.skipped += waiting.length - ROWS;
      waiting = waiting.slice(-ROWS);
    }
  });
  feed.addEventListener("error", () => {
    if (feed.readyState === EventSource.CLOSED) setTimeout(listen, TRY_AGAIN_MS);
  });
  feed.addEventListener("missed", (message) => { counted.missed += JSON.parse(message.data).missed; });
  feed.addEventListener("more", (message) => {
    feed.close();
    after = JSON.parse(message.data).after;
    listen();
  });
}

for (const made of body.rows) prepare(made);
for (const button of detail.querySelectorAll("[data-as]")) {
  button.addEventListener("click", () => { showing.as = button.dataset.as; show(); });
}
pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.setAttribute("aria-pressed", String(isPaused));
  pause.textContent = isPaused ? "Go on" : "Pause";
});
part("counts").hidden = pause.hidden = false;
listen();
setInterval(draw, DRAW_EVERY_MS);
