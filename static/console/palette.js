// The search over everything (Ctrl-K or /), and the keys that lead from room to room.
(function () {
  "use strict";

  const LEADER_MS = 1200;
  let leader = null;

  function dialog() { return document.getElementById("palette"); }
  function field() { return document.getElementById("palette-q"); }
  function hits() { return [...document.querySelectorAll("#palette-hits [role=option]")]; }
  function chosen() { return document.querySelector("#palette-hits [aria-selected=true]"); }

  function open() {
    if (dialog().open) return;
    dialog().showModal();
    field().select();
    window.htmx.trigger(field(), "palette");
  }

  function help() { document.getElementById("shortcuts").showModal(); }

  function choose(hit) {
    for (const one of hits()) one.setAttribute("aria-selected", String(one === hit));
    if (hit) { field().setAttribute("aria-activedescendant", hit.id); hit.scrollIntoView({ block: "nearest" }); }
    else field().removeAttribute("aria-activedescendant");
  }

  function step(by) {
    const all = hits();
    if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  }

  function inField(event) {
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(chosen() ? -1 : 0);
    else if (event.key === "Enter" && chosen()) location.assign(chosen().href);
    else return;
    event.preventDefault();
  }

  // What can be pressed by itself; a text field keeps its letters.
  const SINGLE = {
    "/": open,
    "?": help,
    f: () => { const one = document.querySelector("[data-search]"); if (one) one.focus(); },
    g: () => { leader = setTimeout(() => { leader = null; }, LEADER_MS); },
  };

  function go(key) {
    clearTimeout(leader);
    leader = null;
    const link = document.querySelector("[data-key='" + CSS.escape(key) + "']");
    if (link) location.assign(link.href);
  }

  function pressed(event) {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); open(); return; }
    if (event.target.id === "palette-q") { inField(event); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (leader !== null) { go(event.key); return; }
    const act = Object.hasOwn(SINGLE, event.key) && SINGLE[event.key];
    if (act) { event.preventDefault(); act(); }
  }

  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-action=palette]")) { event.preventDefault(); open(); }
    if (event.target.closest("[data-action=shortcuts]")) help();
    if (event.target === dialog()) dialog().close();
  });
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "palette-hits") choose(hits()[0]); });
})();
