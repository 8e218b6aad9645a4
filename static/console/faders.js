// Faders, switches and meters of a Core. A control shows what the Core said that it is; what a hand
// asks for is sent at a steady pace, and the last of it always.
(function () {
  "use strict";

  // A change weighs two of a person's thousand calls a minute; this leaves room for two hands.
  const PACE_MS = 250;
  const SAID_MS = 12000;
  const strips = new WeakMap();

  function token() { return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]; }

  class Strip {
    constructor(node) {
      this.node = node;
      this.hand = node.querySelector("input[type=range], [role=switch]");
      this.known = this.isSwitch ? this.hand.getAttribute("aria-checked") === "true" : Number(this.hand.getAttribute("value"));
      this.wish = null;      // what is to be sent next
      this.flying = false;   // a call is on its way
      this.held = false;     // a pointer holds the thumb
      this.sent = 0;
      this.timer = null;
    }

    get isSwitch() { return this.hand.getAttribute("role") === "switch"; }

    ask(value) {
      this.wish = value;
      this.say("");
      this.note("asked: " + (this.isSwitch ? (value ? "on" : "off") : value));
      this.schedule();
    }

    schedule() {
      if (this.flying || this.timer) return;
      this.timer = setTimeout(() => { this.timer = null; this.send(); }, Math.max(0, this.sent + PACE_MS - Date.now()));
    }

    async send() {
      const value = this.wish;
      this.wish = null;
      this.flying = true;
      this.sent = Date.now();
      let failed = "";
      try {
        const answer = await this.post(value);
        if (answer.status === 204) { location.reload(); return; }
        const said = await answer.json();
        if (answer.ok) this.hear(said.value, said.string);
        else failed = said.detail;
        if (answer.ok && !said.confirmed && this.wish === null) failed = "The Core made it " + said.string + ".";
      } catch (error) {
        failed = "No answer came. What is shown is what the Core last said.";
      }
      this.flying = false;
      if (failed) this.say(failed);
      if (this.wish !== null && !failed) this.schedule();
      else { this.wish = null; this.rest(); }
    }

    post(value) {
      const body = new URLSearchParams({ component: this.node.dataset.component, control: this.node.dataset.control, value: String(value) });
      const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
      return fetch(this.node.closest("[data-set]").dataset.set, { method: "POST", body: body, headers: headers });
    }

    // The Core said what the control is.
    hear(value, string) {
      this.known = this.isSwitch ? Boolean(value) : Number(value);
      const cell = this.node.querySelector("[data-reading]");
      if (string) cell.textContent = string;
      this.rest();
    }

    // Back to what is known, unless a hand or a call is still at it.
    rest() {
      if (this.wish !== null || this.flying || this.held) return;
      this.note("");
      if (this.isSwitch) { this.hand.setAttribute("aria-checked", String(this.known)); return; }
      this.hand.value = String(this.known);
      this.hand.setAttribute("aria-valuetext", this.node.querySelector("[data-reading]").textContent);
    }

    note(text) { this.node.querySelector("[data-asked]").textContent = text; }

    say(text) {
      const cell = this.node.querySelector("[data-wrong]");
      cell.textContent = text;
      cell.hidden = text === "";
      clearTimeout(this.saying);
      if (text) this.saying = setTimeout(() => this.say(""), SAID_MS);
    }
  }

  function stripOf(node) {
    const place = node && node.closest("[data-strip]");
    if (!place || !place.querySelector("input[type=range], [role=switch]")) return null;
    if (!strips.has(place)) strips.set(place, new Strip(place));
    return strips.get(place);
  }

  // -- hands

  document.addEventListener("input", (event) => {
    if (event.target.type !== "range") return;
    const strip = stripOf(event.target);
    if (strip) strip.ask(Number(event.target.value));
  });
  document.addEventListener("pointerdown", (event) => {
    const strip = event.target.type === "range" ? stripOf(event.target) : null;
    if (!strip) return;
    strip.held = true;
    const release = () => {
      strip.held = false;
      strip.rest();
      for (const word of ["pointerup", "pointercancel"]) window.removeEventListener(word, release);
    };
    for (const word of ["pointerup", "pointercancel"]) window.addEventListener(word, release);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[role=switch]");
    const strip = button && stripOf(button);
    if (strip) strip.ask(strip.wish === null ? !strip.known : !strip.wish);
  });

  // -- what the Core says by itself

  document.addEventListener("cp:frame", (event) => {
    const said = new Map((event.detail.data.controls || []).map((one) => [String(one.id), one]));
    if (!said.size) return;
    for (const area of document.querySelectorAll("[data-frames='" + CSS.escape(event.detail.device_id) + "']")) {
      for (const node of area.querySelectorAll("[data-strip]")) {
        const one = said.get(node.dataset.strip);
        if (!one) continue;
        const meter = node.querySelector("meter");
        if (meter) meter.value = Number(one.value);
        const strip = meter ? null : stripOf(node);
        if (strip) strip.hear(one.value, one.string);
      }
    }
  });
})();
