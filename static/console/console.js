// The console's small behaviours: ages, theme, copying, the live log, live values, choosing rows.
(function () {
  "use strict";

  // -- ages: every second, so that stale data is seen to age

  const OLD_S = 30;

  function ageText(seconds) {
    if (seconds >= 86400) return Math.floor(seconds / 86400) + " d";
    if (seconds >= 3600) return Math.floor(seconds / 3600) + " h";
    if (seconds >= 60) return Math.floor(seconds / 60) + " min";
    return Math.max(0, Math.floor(seconds)) + " s";
  }

  function tick() {
    for (const node of document.querySelectorAll("time.age")) {
      const seconds = (Date.now() - Date.parse(node.dateTime)) / 1000;
      node.textContent = seconds >= 0 ? ageText(seconds) + " ago" : "in " + ageText(-seconds);
      if (node.closest("[data-fades]")) node.classList.toggle("is-old", seconds > OLD_S);
    }
    // Values that nobody has read for a while do not pretend to be the present ones.
    const heard = document.querySelector("[data-heard-at] time");
    for (const area of heard ? document.querySelectorAll("[data-frames]") : []) area.classList.toggle("is-stale", heard.classList.contains("is-old"));
  }

  // -- theme

  function toggleTheme() {
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    try { localStorage.setItem("theme", next); } catch (error) { /* storage may be refused */ }
  }

  // -- copying, also where the page is not a secure context

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch (error) {
      const range = document.createRange();
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
    flash(button, "Copied");
  }

  // A button says for a moment what came of it.
  function flash(button, text) {
    const label = button.querySelector("[data-label]");
    if (!label.dataset.usual) label.dataset.usual = label.textContent;
    label.textContent = text;
    setTimeout(() => { label.textContent = label.dataset.usual; }, 1500);
  }

  // -- the live log: follows its end until somebody scrolls up or pauses

  function bottom(log) {
    if (log && log.dataset.follow === "on") log.scrollTop = log.scrollHeight;
  }

  function follow(on) {
    const log = document.getElementById("log");
    const button = document.querySelector("[data-action=follow]");
    if (!log || !button) return;
    log.dataset.follow = on ? "on" : "off";
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("[data-label]").textContent = on ? "Following" : "Paused";
    if (on) { fetchLog(log); bottom(log); }
  }

  let fetching = false;
  let again = false;

  async function fetchLog(log) {
    if (fetching) { again = true; return; }
    fetching = true;
    const lines = log.querySelectorAll("[data-line]");
    const after = lines.length ? lines[lines.length - 1].dataset.line : "0";
    try {
      const answer = await fetch(log.dataset.url + "?after=" + after, { headers: { "HX-Request": "true" } });
      if (answer.ok) {
        log.insertAdjacentHTML("beforeend", await answer.text());
        const empty = document.getElementById("log-empty");
        if (empty && log.querySelector("[data-line]")) empty.remove();
        searchLog();
        bottom(log);
      }
    } catch (error) { /* the banner says that the connection is gone */ }
    fetching = false;
    if (again) { again = false; fetchLog(log); }
  }

  function firstError(button) {
    const line = document.querySelector("#log .level-error");
    if (!line) { flash(button, "No error so far"); return; }
    follow(false);
    line.scrollIntoView({ block: "center" });
  }

  function searchLog() {
    const field = document.getElementById("log-search");
    const log = document.getElementById("log");
    if (!field || !log) return;
    const text = field.value.toLowerCase();
    for (const line of log.querySelectorAll("[data-line]")) line.hidden = text !== "" && !line.textContent.toLowerCase().includes(text);
  }

  document.addEventListener("cp:event", (event) => {
    const log = document.getElementById("log");
    if (!log || log.dataset.follow !== "on") return;
    if (event.detail.type.startsWith("jobs.") && event.detail.data.job_id === log.dataset.job) fetchLog(log);
  });

  // -- live values of a device

  function shown(cell, value) {
    if (cell.dataset.shape === "duration") return ageText(Number(value));
    return typeof value === "number" ? String(+value.toFixed(3)) : String(value);
  }

  function put(cell, value) {
    if (cell && value !== null && typeof value !== "object") cell.textContent = shown(cell, value);
  }

  document.addEventListener("cp:frame", (event) => {
    const frame = event.detail;
    for (const area of document.querySelectorAll("[data-frames='" + CSS.escape(frame.device_id) + "']")) {
      const cells = new Map([...area.querySelectorAll("[data-reading]")].map((cell) => [cell.dataset.reading, cell]));
      for (const one of frame.data.controls || []) put(cells.get("control:" + one.id), one.string || one.value);
      for (const [key, value] of Object.entries(frame.data)) put(cells.get(key), value);
      const heard = area.querySelector("[data-heard-at] time");
      if (heard) { heard.dateTime = frame.data.at || new Date().toISOString(); heard.title = heard.dateTime; }
    }
  });

  // -- wiring

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action], [data-copy]");
    if (!button) return;
    if (button.dataset.copy) copy(button);
    if (button.dataset.action === "theme") toggleTheme();
    if (button.dataset.action === "follow") follow(button.getAttribute("aria-pressed") !== "true");
    if (button.dataset.action === "first-error") firstError(button);
  });

  document.addEventListener("input", (event) => {
    if (event.target.id === "log-search") searchLog();
    const typed = event.target.closest("[data-must-equal]");
    if (typed) typed.form.querySelector("[data-armed]").disabled = typed.value.trim() !== typed.dataset.mustEqual;
  });

  // One box ticks all of its list, before the list's form hears of the change.
  document.addEventListener("change", (event) => {
    const all = event.target.dataset.all;
    if (all) for (const box of event.target.form.elements) if (box.name === all) box.checked = event.target.checked;
  }, true);

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-instant]");
    if (form) form.requestSubmit();
  });

  // A second press of a button that acts is a second press too many.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    const button = event.submitter;
    setTimeout(() => { if (button) { button.disabled = true; button.setAttribute("aria-busy", "true"); } }, 0);
  });
  window.addEventListener("pageshow", () => { for (const button of document.querySelectorAll("[aria-busy=true]")) { button.disabled = false; button.removeAttribute("aria-busy"); } });

  document.addEventListener("htmx:afterSettle", tick);
  document.addEventListener("DOMContentLoaded", () => {
    const tab = document.querySelector(".tabs [aria-current]");
    if (tab) tab.scrollIntoView({ inline: "center", block: "nearest" });
    setInterval(tick, 1000);
    tick();
    const log = document.getElementById("log");
    if (log) {
      bottom(log);
      log.addEventListener("wheel", (event) => { if (event.deltaY < 0 && log.dataset.follow === "on") follow(false); }, { passive: true });
    }
    const typed = document.querySelector("[data-must-equal]");
    if (typed) typed.form.querySelector("[data-armed]").disabled = true;
  });
})();
