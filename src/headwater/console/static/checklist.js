// The checklist waits for an event or its delivery: when one comes, the page looks until its step is done.
"use strict";
const TRIES = 20;
const steps = document.querySelector("[data-waits]");
const feed = new EventSource(`/console/feed?after=${steps.dataset.after}`);

async function isDone() {
  const answer = await fetch("/console", { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-waits]")?.dataset.waits !== steps.dataset.waits;
}

async function look(tries) {
  if (await isDone()) location.reload();
  else if (tries > 1) setTimeout(look, 1000, tries - 1);
}

feed.addEventListener("message", () => look(TRIES));
