// Keeps a page true: hears the shared stream, and fetches again whatever an event has touched.
(function () {
  "use strict";

  const BANNER_AFTER_MS = 5000;
  const GATHER_MS = 300;
  const waiting = new Set();
  let gatherer = null;
  let bannerTimer = null;
  let port = null;

  // -- the connection

  function frames() {
    return [...document.querySelectorAll("[data-frames]")].map((node) => node.dataset.frames);
  }

  function report(more) {
    if (!port) return;
    port.postMessage(Object.assign({ visible: !document.hidden, frames: frames() }, more));
  }

  function start() {
    const root = document.body;
    if (!root.dataset.live) return;
    if (window.SharedWorker) {
      const worker = new SharedWorker(root.dataset.worker, { name: "controlplane-live" });
      port = worker.port;
      port.onmessage = (event) => hear(event.data);
      port.start();
      worker.onerror = () => { port = null; alone(); };
    } else {
      alone();
    }
    lost();
    report({ ask: true });
    document.addEventListener("visibilitychange", () => {
      report({ ask: true });
      if (document.hidden) found(); else { lost(); touchAll(); }
    });
    window.addEventListener("pagehide", () => report({ gone: true }));
    window.addEventListener("pageshow", (event) => { if (event.persisted) { report({ ask: true }); touchAll(); } });
    setInterval(report, 10000);
  }

  // A browser without shared workers: the tab listens by itself while it is visible.
  function alone() {
    let source = null;
    const open = () => {
      if (document.hidden) { if (source) source.close(); source = null; return; }
      if (source) return;
      const list = frames();
      source = new EventSource("/events" + (list.length ? "?frames=" + list.join(",") : ""));
      source.addEventListener("open", () => hear({ kind: "connected" }));
      source.addEventListener("message", (event) => hear({ kind: "event", data: JSON.parse(event.data) }));
      source.addEventListener("frame", (event) => hear({ kind: "frame", data: JSON.parse(event.data) }));
      for (const word of ["gap", "missed"]) source.addEventListener(word, () => hear({ kind: "missed" }));
      source.addEventListener("closed", () => { source.close(); hear({ kind: "closed" }); });
      source.addEventListener("error", () => hear({ kind: "lost" }));
    };
    document.addEventListener("visibilitychange", open);
    open();
  }

  function hear(message) {
    if (message.kind === "connected") { found(); return; }
    if (message.kind === "lost") { lost(); return; }
    if (message.kind === "closed") { location.reload(); return; }
    found();
    if (message.kind === "missed") touchAll();
    if (message.kind === "event") {
      document.dispatchEvent(new CustomEvent("cp:event", { detail: message.data }));
      touch(message.data);
    }
    if (message.kind === "frame") document.dispatchEvent(new CustomEvent("cp:frame", { detail: message.data }));
  }

  function lost() {
    if (bannerTimer || document.hidden) return;
    document.body.dataset.heard = "no";
    bannerTimer = setTimeout(() => document.body.classList.add("is-offline"), BANNER_AFTER_MS);
  }

  function found() {
    clearTimeout(bannerTimer);
    bannerTimer = null;
    document.body.dataset.heard = "yes";
    if (document.body.classList.contains("is-offline")) {
      document.body.classList.remove("is-offline");
      touchAll();
    }
  }

  // -- what an event touches

  function concerns(node, event) {
    const named = node.dataset.liveTypes.split(" ").some((name) =>
      name.endsWith("*") ? event.type.startsWith(name.slice(0, -1)) : event.type === name);
    if (!named) return false;
    const data = event.data || {};
    if (node.dataset.device && node.dataset.device !== event.device_id && node.dataset.device !== data.device_id) return false;
    if (node.dataset.rollout && node.dataset.rollout !== data.rollout_id) return false;
    return !node.dataset.job || node.dataset.job === data.job_id;
  }

  function touch(event) {
    for (const node of document.querySelectorAll("[data-live-types]")) if (concerns(node, event)) queue(node);
  }

  function touchAll() {
    for (const node of document.querySelectorAll("[data-live-types]")) queue(node);
  }

  // Many events in a moment are one fetch a region.
  function queue(node) {
    waiting.add(node.id);
    if (gatherer) return;
    gatherer = setTimeout(() => {
      gatherer = null;
      for (const id of waiting) {
        const region = document.getElementById(id);
        if (region) window.htmx.trigger(region, "live");
      }
      waiting.clear();
    }, GATHER_MS);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
