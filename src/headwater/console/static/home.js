// Home keeps itself fresh: a part whose words have changed is replaced, unless somebody is in it; hidden pages rest.
"use strict";

const LOOK_EVERY_MS = 5000;
const MOST_PATIENCE_MS = 60000;
const home = document.querySelector("[data-home]");
const known = new Map([...home.querySelectorAll("[data-part]")].map((part) => [part.id, part.outerHTML]));
let isOver = false;
let isLooking = false; // a slow server is asked again only once it has answered

function replace(made) {
  const old = document.getElementById(made.id);
  if (!old || known.get(made.id) === made.outerHTML || old.contains(document.activeElement)) return;
  known.set(made.id, made.outerHTML);
  if (made.dataset.concerns !== undefined && made.dataset.concerns !== old.dataset.concerns) {
    say(`${made.dataset.concerns} things need attention`);
  }
  const opened = [...old.querySelectorAll("details")].map((part) => part.open);
  old.replaceWith(made);
  made.querySelectorAll("details").forEach((part, at) => { part.open = opened[at] ?? false; });
  document.dispatchEvent(new Event("drawn"));
}

async function look() {
  const answer = await fetch(home.dataset.home, { signal: AbortSignal.timeout(MOST_PATIENCE_MS) });
  isOver = answer.redirected; // signed out: the next click says so
  if (!answer.ok || isOver) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  page.querySelectorAll("[data-part]").forEach(replace);
}

async function lookAgain() {
  if (document.hidden || isOver || isLooking) return;
  isLooking = true;
  await look().catch(() => null); // the next time, then
  isLooking = false;
}

setInterval(lookAgain, LOOK_EVERY_MS);
document.addEventListener("visibilitychange", lookAgain);
document.querySelector("[data-again]").hidden = true;
