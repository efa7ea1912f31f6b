// Makes an editor of each <textarea data-editor>. The textarea stays what the form sends, and hears of every change.
"use strict";

if (window.CodeMirror) {
  const {
    autocompletion, bracketMatching, closeBrackets, closeBracketsKeymap, Compartment, completionKeymap, defaultKeymap, drawSelection,
    EditorState, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSelectionMatches, HighlightStyle, history, historyKeymap,
    indentOnInput, jsonParseLinter, keymap, lineNumbers, lintGutter, lintKeymap, placeholder, Prec, searchKeymap, setDiagnostics,
    syntaxHighlighting, tags,
  } = CodeMirror;
  // The page's policy lets in the one style sheet that carries this word.
  const nonce = document.currentScript.nonce;
  const PAUSE_MS = 300;
  const LINE_REM = 1.3125;
  const jsonFaults = jsonParseLinter();

  const looks = EditorView.theme({
    "&": { color: "var(--text)", backgroundColor: "var(--surface)", border: "1px solid var(--border)", borderRadius: "0.375rem", fontSize: "0.875rem" },
    "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "2px" },
    "&.is-wrong": { borderColor: "var(--danger)", boxShadow: "inset 0 0 0 1px var(--danger)" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", maxHeight: "36rem", overflow: "auto" },
    ".cm-content": { caretColor: "var(--text)" },
    ".cm-content, .cm-gutter": { minHeight: "var(--rows)" },
    ".cm-cursor": { borderLeftColor: "var(--text)" },
    ".cm-gutters": { color: "var(--muted)", backgroundColor: "var(--sunken)", borderRight: "1px solid var(--line)", borderRadius: "0.375rem 0 0 0.375rem" },
    ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
    "&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter": { backgroundColor: "var(--sunken)" },
    "&.cm-focused .cm-activeLineGutter": { color: "var(--text)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selected)" },
    ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "transparent", outline: "1px solid var(--border)" },
    ".cm-searchMatch.cm-searchMatch-selected": { backgroundColor: "var(--selected)" },
    "&.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--accent)" },
    "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--danger)" },
    ".cm-placeholder": { color: "var(--muted)" },
    ".cm-panels, .cm-tooltip": { color: "var(--text)", backgroundColor: "var(--surface)", border: "1px solid var(--border)" },
    ".cm-panel.cm-search": { padding: "0.5rem 2rem 0.5rem 0.5rem", fontFamily: "var(--font)" },
    ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", margin: "0.25rem 0.75rem 0.25rem 0", fontSize: "0.8125rem", fontWeight: "400" },
    ".cm-panel.cm-search input[type=checkbox]": { minHeight: "1.125rem", margin: "0 0.375rem 0 0" },
    ".cm-textfield, .cm-button": { width: "auto", minHeight: "2rem", padding: "0.125rem 0.5rem", fontSize: "0.8125rem", fontWeight: "400" },
    ".cm-textfield, .cm-textfield:focus": { color: "var(--text)", backgroundColor: "var(--surface)", border: "1px solid var(--border)" },
    ".cm-button, .cm-button:active": { color: "var(--text)", background: "transparent", border: "1px solid var(--border)", borderRadius: "0.375rem" },
    ".cm-panel.cm-search button[name=close]": { color: "var(--text)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "none", fontFamily: "var(--mono)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--on-accent)", backgroundColor: "var(--accent)" },
    ".cm-diagnostic": { color: "var(--text)", borderLeftWidth: "4px", whiteSpace: "pre-line" },
    ".cm-diagnostic-error": { borderLeftColor: "var(--danger)" },
    ".cm-diagnostic-warning": { borderLeftColor: "var(--warning)" },
    ".cm-lintRange-error, .cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--danger)", textUnderlineOffset: "0.2em" },
    ".cm-lintRange-warning": { textDecorationColor: "var(--warning)" },
  });

  const colours = HighlightStyle.define([
    { tag: tags.keyword, color: "var(--accent)" },
    { tag: [tags.string, tags.special(tags.string)], color: "var(--success)" },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--warning)" },
    { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
    { tag: tags.propertyName, fontWeight: "600" },
    { tag: tags.invalid, color: "var(--danger)" },
  ]);

  // What the server said of the text, and what a JSON parser says of it now.
  function diagnostics(view, said) {
    const found = said ? [{ ...range(view.state, said), severity: said.severity ?? "error", message: said.text }] : [];
    return found;
  }

  function range(state, { line, column }) {
    const at = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
    const from = Math.min(at.from + Math.max(column - 1, 0), at.to);
    if (from < at.to) return { from, to: Math.max(state.wordAt(from)?.to ?? 0, from + 1) };
    return { from: at.from + /^\s*/.exec(at.text)[0].length, to: at.to };
  }

  // What is typed over a selection is put there by us. A browser would give it the looks of what it replaces, as an inline
  // style, which the page's policy refuses aloud.
  const typedOver = EditorView.domEventHandlers({
    beforeinput(event, view) {
      const { from, to, empty } = view.state.selection.main;
      if (event.inputType !== "insertText" || !event.data || empty || view.composing || view.state.readOnly) return false;
      const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
      const handlers = view.state.facet(EditorView.inputHandler);
      if (!handlers.some((handle) => handle(view, from, to, event.data, insert))) view.dispatch(insert());
      event.preventDefault();
      return true;
    },
  });

  function labelled(area) {
    const [label] = area.labels;
    label.id ||= `${area.id}-label`;
    return label;
  }

  function make(area) {
    const language = area.dataset.editor;
    const label = labelled(area);
    const spoken = new Compartment();
    let said = null;
    let timer = 0;

    const judge = () => {
      const faults = language === "json" && area.value.trim() ? jsonFaults(view) : [];
      view.dispatch(setDiagnostics(view.state, faults.length ? faults : diagnostics(view, said)));
    };
    const changed = EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      area.value = update.state.doc.toString();
      area.dispatchEvent(new Event("input", { bubbles: true }));
      clearTimeout(timer);
      timer = setTimeout(judge, PAUSE_MS);
    });
    const run = { key: "Mod-Enter", run: () => { area.form.requestSubmit(); return true; } };

    const view = new EditorView({
      state: EditorState.create({
        doc: area.value,
        extensions: [
          EditorView.cspNonce.of(nonce),
          EditorView.contentAttributes.of(() => attributes(area, label)),
          EditorView.editorAttributes.of(() => ({ class: area.getAttribute("aria-invalid") ? "is-wrong" : "" })),
          EditorState.readOnly.of(area.readOnly),
          Prec.highest(keymap.of(language === "sql" ? [run] : [])),
          // No key is bound to Tab: it goes on to the next field, as everywhere.
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
          spoken.of(editorLanguages[language]()),
          lineNumbers(), lintGutter(), history(), drawSelection(), bracketMatching(), closeBrackets(), indentOnInput(),
          autocompletion({ icons: false, maxRenderedOptions: 12 }), highlightActiveLine(), highlightActiveLineGutter(),
          highlightSelectionMatches(), placeholder(area.placeholder),
          syntaxHighlighting(colours), looks, typedOver, changed,
        ],
      }),
    });
    view.dom.style.setProperty("--rows", `${area.rows * LINE_REM}rem`);
    area.before(view.dom);
    area.hidden = true;
    label.addEventListener("click", () => view.focus());
    if (area.dataset.names) view.contentDOM.addEventListener("focus", () => learn(view, spoken, area), { once: true });
    area.addEventListener("said", (event) => { said = event.detail; judge(); });
    if (area.dataset.line) {
      const about = document.getElementById(area.getAttribute("aria-describedby")?.split(" ")[0]);
      said = { line: Number(area.dataset.line), column: Number(area.dataset.column), text: about?.textContent ?? "" };
    }
    judge();
  }

  // The names that can be completed change: whoever begins to write has them asked for.
  async function learn(view, spoken, area) {
    const answer = await fetch(area.dataset.names).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    view.dispatch({ effects: spoken.reconfigure(editorLanguages[area.dataset.editor](await answer.json())) });
  }

  function attributes(area, label) {
    const copied = ["aria-describedby", "aria-invalid"].map((name) => [name, area.getAttribute(name)]);
    const readOnly = area.readOnly ? { "aria-readonly": "true" } : {};
    // With a tabindex that says what is so anyway: axe takes editable content alone for something that no key reaches.
    return { "aria-labelledby": label.id, tabindex: "0", ...readOnly, ...Object.fromEntries(copied.filter(([, value]) => value)) };
  }

  document.querySelectorAll("textarea[data-editor]").forEach(make);
}
