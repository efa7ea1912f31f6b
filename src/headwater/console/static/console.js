// What every page does with a script, and doesn't need it for: copying, tabs, the menu of a narrow screen, a question
// before something is deleted, a word while something long is under way, a shadow where a wide table goes on.
"use strict";

const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");

function say(text) {
  status.textContent = text;
}

function addCopying(place) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy quiet";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(place.querySelector("code").textContent);
    button.textContent = "Copied";
    say("Copied");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  place.append(button);
}

function addTabs(place) {
  const sections = [...place.querySelectorAll(":scope > section")];
  const list = document.createElement("div");
  list.className = "tablist";
  list.setAttribute("role", "tablist");
  const tabs = sections.map((section) => {
    const heading = section.querySelector("h3");
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `${section.id}-tab`;
    tab.textContent = heading.textContent;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", section.id);
    section.setAttribute("role", "tabpanel");
    section.setAttribute("aria-labelledby", tab.id);
    heading.remove();
    list.append(tab);
    return tab;
  });
  const show = (index) => tabs.forEach((tab, number) => {
    tab.setAttribute("aria-selected", String(number === index));
    tab.tabIndex = number === index ? 0 : -1;
    sections[number].hidden = number !== index;
  });
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => show(index));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (index + step + tabs.length) % tabs.length;
      show(next);
      tabs[next].focus();
    });
  });
  place.prepend(list);
  show(0);
}

function localTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.valueOf())) time.title = `${time.dateTime} · here ${at.toLocaleString()}`;
  }
}

function markWhereItGoesOn(place) {
  const mark = () => {
    const end = place.scrollWidth - place.clientWidth;
    place.classList.toggle("has-before", place.scrollLeft > 1);
    place.classList.toggle("has-after", place.scrollLeft < end - 1);
  };
  const sizes = new ResizeObserver(mark);
  [place, ...place.children].forEach((part) => sizes.observe(part));
  place.addEventListener("scroll", mark, { passive: true });
}

function beBusy(button) {
  const idle = button.textContent;
  button.textContent = button.dataset.busy;
  button.setAttribute("aria-busy", "true");
  say(button.dataset.busy);
  addEventListener("pageshow", () => { // back from the answer
    button.textContent = idle;
    button.removeAttribute("aria-busy");
  }, { once: true });
}

document.body.append(status);
document.querySelectorAll("[data-copy]").forEach(addCopying);
document.querySelectorAll("[data-tabs]").forEach(addTabs);
document.querySelectorAll(".scroll").forEach(markWhereItGoesOn);
localTimes();
const menu = document.querySelector("[data-menu]");
if (menu && matchMedia("(max-width: 50rem)").matches) menu.open = false;
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
  else if (event.submitter?.dataset.busy) beBusy(event.submitter);
});
