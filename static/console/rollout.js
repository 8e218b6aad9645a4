// A rollout's grid: a device that moved is fetched by id, and its cell alone is replaced.
(function () {
  "use strict";

  const GATHER_MS = 400;
  const MOST = 200;
  const moved = new Set();
  let timer = null;

  const grid = () => document.querySelector("[data-rollout-cells]");

  document.addEventListener("cp:event", (event) => {
    const area = grid();
    const { type, data } = event.detail;
    if (!area || type !== "fleet.rollout.moved" || data.rollout_id !== area.dataset.rolloutCells) return;
    if (document.getElementById("cell-" + data.device_id)) moved.add(data.device_id);
    if (!timer && moved.size) timer = setTimeout(patch, GATHER_MS);
  });

  async function patch() {
    const ids = [...moved].slice(0, MOST);
    for (const id of ids) moved.delete(id);
    try {
      const answer = await fetch(grid().dataset.url + "?device=" + ids.join(","), { headers: { "HX-Request": "true" } });
      if (answer.ok) put(await answer.text());
    } catch (error) { /* the banner says that the connection is gone, and all is fetched on return */ }
    timer = moved.size ? setTimeout(patch, GATHER_MS) : null;
  }

  function put(html) {
    const made = document.createElement("template");
    made.innerHTML = html;
    for (const cell of [...made.content.children]) {
      const old = document.getElementById(cell.id);
      if (!old) continue;
      const held = document.activeElement === old;
      old.replaceWith(cell);
      if (held) cell.focus();
    }
  }
})();
