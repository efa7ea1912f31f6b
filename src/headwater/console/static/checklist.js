// The checklist waits for an event or its delivery: when one comes, the page looks until its step is done.
"use strict";
const TRIES = 20;
const steps = document.querySelector("[data-waits]");
const feed = new EventSource(`/console/start/feed?after=${steps.dataset.after}`);

async function waitsFor() {
  const answer = await fetch("/console/start", { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-waits]")?.dataset.waits ?? steps.dataset.waits;
}

async function look(tries) {
  const next = await waitsFor();
  if (next === "") location.assign("/console/start"); // home is something else from now on
  else if (next !== steps.dataset.waits) location.reload();
  else if (tries > 1) setTimeout(look, 1000, tries - 1);
}

feed.addEventListener("message", () => look(TRIES));
