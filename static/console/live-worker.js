// One event stream for all tabs of a browser: a shared worker that listens while a tab is visible.
"use strict";

const tabs = new Map(); // port -> { visible, frames: [device ids], seen: ms }
let source = null;
let address = "";
let last = null;
let timer = null;
const TAB_SILENT_MS = 30000;

function wanted() {
  const visible = [...tabs.values()].filter((tab) => tab.visible);
  if (!visible.length) return null;
  const frames = [...new Set(visible.flatMap((tab) => tab.frames))].sort();
  return "/events" + (frames.length ? "?frames=" + frames.join(",") : "");
}

function tell(message) {
  for (const [port, tab] of tabs) if (tab.visible) port.postMessage(message);
}

function close() {
  if (source) source.close();
  source = null;
}

function connect() {
  const next = wanted();
  if (next === null) { close(); return; }
  if (source && next === address && source.readyState !== EventSource.CLOSED) return;
  close();
  address = next;
  const resume = last ? (next.includes("?") ? "&" : "?") + "after=" + last : "";
  source = new EventSource(next + resume);
  source.addEventListener("open", (event) => {
    if (event.lastEventId) last = event.lastEventId;
    tell({ kind: "connected" });
  });
  source.addEventListener("message", (event) => {
    last = event.lastEventId;
    tell({ kind: "event", data: JSON.parse(event.data) });
  });
  source.addEventListener("frame", (event) => tell({ kind: "frame", data: JSON.parse(event.data) }));
  for (const word of ["gap", "missed"]) {
    source.addEventListener(word, (event) => {
      if (event.lastEventId) last = event.lastEventId;
      tell({ kind: "missed", data: JSON.parse(event.data) });
    });
  }
  source.addEventListener("closed", () => { close(); tell({ kind: "closed" }); });
  source.addEventListener("error", () => {
    tell({ kind: "lost" });
    if (source && source.readyState === EventSource.CLOSED) {
      clearTimeout(timer);
      timer = setTimeout(connect, 3000);
    }
  });
}

function sweep() {
  for (const [port, tab] of tabs) if (Date.now() - tab.seen > TAB_SILENT_MS) tabs.delete(port);
  connect();
}

function adopt(port) {
  tabs.set(port, { visible: false, frames: [], seen: Date.now() });
  port.onmessage = (event) => {
    if (event.data.gone) tabs.delete(port);
    else tabs.set(port, { visible: event.data.visible, frames: event.data.frames, seen: Date.now() });
    connect();
    if (event.data.ask && source && source.readyState === EventSource.OPEN) port.postMessage({ kind: "connected" });
  };
}

self.onconnect = (event) => adopt(event.ports[0]);
setInterval(sweep, 10000);
