// What the server says of a form while one types: a piece of a page, put where `data-answer` is.
"use strict";

{
  const WAIT_MS = 400;
  const form = document.querySelector("form[data-ask]");
  const place = document.querySelector("[data-answer]");
  let timer = 0;
  let asking = null;

  // Tells the field that an answer is about, and the others that it isn't about them.
  function tell(said) {
    for (const field of form.querySelectorAll("textarea[data-editor]")) {
      const isAbout = said?.dataset.field === field.name;
      if (isAbout && said.dataset.severity !== "warning") field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
      field.closest(".field")?.querySelector(".wrong, .problem")?.remove(); // of what was sent before; what is typed now is judged beside it
      field.dispatchEvent(new CustomEvent("said", { detail: isAbout ? detail(said) : null }));
    }
  }

  function detail(said) {
    const { line, column, severity } = said.dataset;
    return line ? { line: Number(line), column: Number(column), severity, text: said.textContent } : null;
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const signal = asking.signal;
    try {
      const answer = await fetch(form.dataset.ask, { method: "POST", body: new URLSearchParams(new FormData(form)), signal });
      if (answer.redirected || !answer.ok) throw new Error("The server doesn't answer this now. Reload the page.");
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (signal.aborted) return;
      place.replaceChildren(...made.body.childNodes);
      tell(place.querySelector("[data-field]"));
    } catch (error) {
      if (error.name !== "AbortError") place.textContent = error.message;
    }
  }

  if (form && place) {
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    });
    if (form.hasAttribute("data-ask-first") && !place.hasChildNodes()) ask();
  }
}
