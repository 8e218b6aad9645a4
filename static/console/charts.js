// Charts of a device's page: history drawn once, then carried on by the frames that arrive.
(function () {
  "use strict";

  const COLOURS = ["--run", "--ok", "--warn", "--unknown"];
  const STEP_MS = 5000;
  const REDRAW_MS = 500;

  // Canvas knows no variables and no light-dark(); a computed colour is always plain.
  function colour(node, name) {
    node.style.color = "var(" + name + ")";
    const plain = getComputedStyle(node).color;
    node.style.color = "";
    return plain;
  }

  // In the zone in which the server writes the rest of the page.
  function clock(seconds) {
    return new Date(seconds * 1000).toLocaleTimeString("en-GB", { timeZone: document.body.dataset.zone });
  }

  function day(seconds) {
    return new Date(seconds * 1000).toLocaleString("en-GB", { timeZone: document.body.dataset.zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  }

  function figure(unit) {
    return (plot, value) => value === null || value === undefined ? "–" : +value.toFixed(2) + (unit ? " " + unit : "");
  }

  // A colour that lets the line through, for its band.
  function pale(plain) { return plain.replace(/^rgb\((.*)\)$/, "rgb($1 / 22%)").replace(/, /g, " "); }

  class Chart {
    constructor(node, series) {
      this.node = node;
      this.series = series;
      this.span = series[0].span;
      this.banded = series.filter((one) => one.low && one.low.length);
      this.latest = series.map((one) => one.values[one.values.length - 1]);
      this.tip = null; // when the newest live point began; it gathers what comes until the next
      const bands = this.banded.flatMap((one) => [one.low.slice(), one.high.slice()]);
      this.data = [series[0].times.slice()].concat(series.map((one) => one.values.slice()), bands);
      this.draw();
    }

    // One scale a unit: the first on the left, the second on the right.
    draw() {
      if (this.plot) this.plot.destroy();
      const units = [...new Set(this.series.map((one) => one.unit))];
      const ink = colour(this.node, "--muted");
      const line = { stroke: colour(this.node, "--line"), width: 1 };
      const font = "12px system-ui, sans-serif";
      const written = this.span > 86400 ? day : clock;
      const times = { stroke: ink, grid: line, ticks: line, font: font, space: this.span > 86400 ? 110 : 80, values: (plot, splits) => splits.map((one) => written(one)) };
      const sides = units.slice(0, 2).map((unit, index) => ({
        scale: unit || "y", side: index ? 1 : 3, stroke: ink, ticks: line, font: font, size: 52, label: unit || undefined, labelSize: 18, labelFont: font,
        grid: index ? { show: false } : line,
        values: (plot, splits) => splits.map((one) => +one.toFixed(2)),
      }));
      const scales = Object.fromEntries(units.map((unit) => [unit || "y", { range: (plot, low, high) => room(low, high) }]));
      const inks = this.series.map((one, index) => colour(this.node, COLOURS[index % COLOURS.length]));
      const lines = this.series.map((one, index) => ({
        label: one.label, scale: one.unit || "y", value: figure(one.unit), width: 2, points: { show: false },
        stroke: inks[index], dash: index ? [7, 4] : undefined,
        paths: one.stepped ? window.uPlot.paths.stepped({ align: 1 }) : undefined,
      }));
      const edges = this.banded.flatMap((one) => ["lowest", "highest"].map((word) => ({
        label: one.label + ", " + word, scale: one.unit || "y", value: figure(one.unit), width: 0, points: { show: false },
      })));
      const bands = this.banded.map((one, index) => {
        const first = 1 + this.series.length + 2 * index;
        return { series: [first + 1, first], fill: pale(inks[this.series.indexOf(one)]) };
      });
      this.plot = new window.uPlot({
        width: this.node.clientWidth, height: this.node.dataset.tall === undefined ? 220 : 340, scales: scales, axes: [times].concat(sides), bands: bands,
        series: [{ label: "Time", value: (plot, value) => value === null || value === undefined ? "–" : written(value) }].concat(lines, edges),
      }, this.data, this.node);
    }

    hear(frame) {
      const found = new Map(Object.entries(frame.data));
      for (const one of frame.data.controls || []) found.set("control:" + one.id, one.value);
      let news = false;
      this.series.forEach((one, index) => {
        const value = found.get(one.key);
        if (typeof value === "number" || typeof value === "boolean") { this.latest[index] = Number(value); news = true; }
      });
      if (news) this.add();
    }

    // The chart ends now: each line goes on with the last value it was told, or stops while nobody is told any.
    add() {
      const now = Date.now() / 1000;
      const times = this.data[0];
      const blind = this.node.closest(".is-stale") !== null;
      const values = this.latest.map((value) => blind ? null : value);
      const edges = this.banded.flatMap((one) => { const value = values[this.series.indexOf(one)]; return [value, value]; });
      const next = values.concat(edges);
      if (this.tip !== null && now - this.tip < Math.max(0.2, this.span / 600)) {
        const last = times.length - 1;
        times[last] = now;
        next.forEach((value, index) => { this.data[index + 1][last] = this.gathered(index, this.data[index + 1][last], value); });
      } else {
        this.tip = now;
        times.push(now);
        next.forEach((value, index) => this.data[index + 1].push(value));
      }
      while (times.length > 2 && times[0] < now - this.span) this.data.forEach((one) => one.shift());
      this.show();
    }

    // A meter speaks ten times a second; nobody reads a chart that fast.
    show() {
      if (this.waiting) return;
      this.waiting = setTimeout(() => {
        this.waiting = null;
        requestAnimationFrame(() => this.plot.setData(this.data));
      }, REDRAW_MS);
    }

    gathered(index, held, value) {
      const edge = index - this.series.length;
      if (edge < 0 || held === null || value === null) return value;
      return edge % 2 ? Math.max(held, value) : Math.min(held, value);
    }
  }

  // A line gets a tenth of its height as room, and never so little that noise looks like news.
  function room(low, high) {
    if (low === null || high === null) return [0, 1];
    const air = Math.max((high - low) * 0.1, Math.abs(high) * 0.03, high === low ? 1 : 0);
    return [low - air, high + air];
  }

  function start() {
    const charts = [];
    for (const node of document.querySelectorAll("[data-chart]")) {
      const series = JSON.parse(document.getElementById(node.dataset.chart).textContent);
      if (window.uPlot && series.length) charts.push(new Chart(node, series));
    }
    const again = () => charts.forEach((one) => one.draw());
    document.addEventListener("cp:frame", (event) => {
      for (const one of charts) if (one.node.dataset.frames === event.detail.device_id) one.hear(event.detail);
    });
    setInterval(() => {
      if (document.body.dataset.heard === "yes") for (const one of charts) if (one.series.every((line) => line.stepped)) one.add();
    }, STEP_MS);
    let timer = null;
    window.addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(again, 200); });
    new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
