// The checklist waits for an event or its delivery: when one comes, the page looks until its step is done, or was tried.
"use strict";
const TRIES = 20;
const steps = document.querySelector("[data-waits]");
const feed = new EventSource(`/console/start/feed?after=${steps.dataset.after}`);

async function now() {
  const answer = await fetch("/console/start", { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-waits]")?.dataset ?? steps.dataset;
}

async function look(tries) {
  const { waits, tried } = await now();
  if (waits === "") location.assign("/console/start"); // home is something else from now on
  else if (waits !== steps.dataset.waits || tried !== steps.dataset.tried) location.replace(location.pathname); // what was said at its top is over
  else if (tries > 1) setTimeout(look, 1000, tries - 1);
}

feed.addEventListener("message", () => look(TRIES));
