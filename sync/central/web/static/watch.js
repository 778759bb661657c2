// The overview's tree and charts. Without this file the tree is open, and the figures stand in the tables.
"use strict";
(() => {
  // --- the tree: what lies in a folded place is hidden ---------------------------------------------------
  function fold(button) {
    button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
    const table = button.closest("table");
    const folded = new Set([...table.querySelectorAll(".fold[aria-expanded=false]")].map((item) => item.closest("tr").dataset.place));
    table.querySelectorAll("tbody tr").forEach((row) => {
      row.hidden = row.dataset.above.split(" ").some((place) => folded.has(place));
    });
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".fold");
    if (button) fold(button);
  });

  // --- charts: ink on paper; what is missing is not there, and never zero ----------------------------------
  function draw(place) {
    const chart = JSON.parse(place.dataset.chart);
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink").trim();
    const soft = style.getPropertyValue("--ink-2").trim();
    const hair = style.getPropertyValue("--hair").trim();
    const hour = new Intl.DateTimeFormat(document.documentElement.lang, {timeZone: chart.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23"});
    const axis = {stroke: soft, grid: {stroke: hair, width: 1}, ticks: {stroke: hair, width: 1}};
    const plot = new uPlot({
      width: place.clientWidth,
      height: 180,
      cursor: {drag: {x: false, y: false}},
      series: [
        {label: chart.time, value: (_, at) => (at === null ? "" : hour.format(at * 1000))},
        ...chart.labels.map((label, number) => number
          ? {label, stroke: soft, width: 1, dash: [4, 4], spanGaps: false}
          : {label, stroke: ink, width: 1.6, spanGaps: false}),
      ],
      axes: [{...axis, values: (_, marks) => marks.map((at) => hour.format(at * 1000))}, axis],
      scales: {x: {time: true}, y: {range: (_, low, high) => [0, Math.max(high, 1)]}},
    }, [chart.times, ...chart.lines], place);
    new ResizeObserver(() => plot.setSize({width: place.clientWidth, height: 180})).observe(place);
  }
  const start = () => document.querySelectorAll("[data-chart]").forEach(draw);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
