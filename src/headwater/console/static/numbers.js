// Where no editor was made: numbers beside the lines of each <textarea data-editor>, and which line is wrong.
"use strict";

{
  function number(area) {
    const gutter = document.createElement("div");
    const frame = document.createElement("div");
    frame.className = "numbered";
    gutter.className = "gutter";
    gutter.setAttribute("aria-hidden", "true");
    area.replaceWith(frame);
    frame.append(gutter, area);

    let wrong = Number(area.dataset.line ?? 0);
    const count = () => {
      const lines = area.value.split("\n").map((_, index) => {
        const line = document.createElement("span");
        line.textContent = `${index + 1}\n`;
        if (index + 1 === wrong) line.className = "is-wrong";
        return line;
      });
      gutter.replaceChildren(...lines);
      gutter.scrollTop = area.scrollTop;
    };
    area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
    area.addEventListener("input", count);
    area.addEventListener("said", (event) => { wrong = event.detail?.line ?? 0; count(); });
    count();
  }

  document.querySelectorAll("textarea[data-editor]:not([hidden])").forEach(number);
}
