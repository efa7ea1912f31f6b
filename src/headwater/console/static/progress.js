// What goes on by itself is looked at again while it does: the same page, of which one part is replaced.
"use strict";

const EVERY_MS = 2000;

async function again() {
  const old = document.querySelector("[data-going]");
  if (!old || document.hidden || old.contains(document.activeElement)) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const made = page.getElementById(old.id);
  if (made && !old.contains(document.activeElement)) old.replaceWith(made);
}

setInterval(again, EVERY_MS);
