"use strict";
(() => {
  const PRINTED_WIDTH = 660;
  const { charts, palettes } = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const touch = matchMedia("(hover: none)").matches;
  const drawn = new Set();
  let printing = false;

  const palette = () => palettes[dark.matches && !printing ? "dark" : "light"];

  // Colours are names in the data: "@ink" is the ink of the theme in use. Only values of colour properties are looked at.
  function coloured(value, isColour) {
    if (typeof value === "string") return isColour && value[0] === "@" ? palette()[value.slice(1)] : value;
    if (Array.isArray(value)) return typeof value[0] === "number" && !isColour ? value : value.map((part) => coloured(part, isColour));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, coloured(part, /color/i.test(key))]));
  }

  function axis(own, width) {
    const { room, ...rest } = own || {};
    const fitting = room ? { nticks: Math.max(3, Math.floor(width / room)) } : {};
    return {
      color: "@soft", gridcolor: "@grid", linecolor: "@line", zeroline: false, fixedrange: true, automargin: true,
      ...fitting, ...rest, title: { standoff: 8, font: { size: 12, color: "@soft" }, ...rest.title },
    };
  }

  // Escaped text ("&lt;") is cut between characters, never within one.
  function shortened(note, width) {
    if (note.name !== "label") return note;
    const letters = note.text.match(/&\w+;|./gsu) || [];
    const most = Math.max(12, Math.floor((width - 70) / 6.8));
    return letters.length <= most ? note : { ...note, text: `${letters.slice(0, most - 1).join("")}…` };
  }

  function layout(spec, width) {
    const { zoomable, margin, xaxis, yaxis, annotations, ...rest } = spec.layout;
    const zoom = zoomable && !touch;
    const own = { fixedrange: !zoom };
    return coloured({
      ...rest, annotations: (annotations || []).map((note) => shortened(note, width)), xaxis: { ...axis(xaxis, width), ...own }, yaxis: { ...axis(yaxis, width), ...own },
      margin: { l: 8, r: 8, t: 12, b: 8, ...margin }, width, height: spec.height, showlegend: false,
      dragmode: zoom ? "zoom" : false, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: "@ink" },
      hoverlabel: { bgcolor: "@ink", bordercolor: "@ink", font: { color: "@paper", size: 13 }, align: "left" },
    }, false);
  }

  // Of names that would lie over each other, the earlier (the commoner) stays.
  function thinned(element) {
    const kept = [];
    for (const text of element.querySelectorAll(".textpoint text")) {
      text.style.visibility = "visible";
      const box = text.getBoundingClientRect();
      const frame = element.getBoundingClientRect();
      const hidden = box.right > frame.right || kept.some((other) =>
        box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
      if (hidden) text.style.visibility = "hidden";
      else kept.push(box);
    }
  }

  async function draw(element) {
    const spec = charts[element.dataset.figure][Number(element.dataset.place)];
    const shown = element.parentElement.clientWidth;
    const width = printing ? Math.min(shown, PRINTED_WIDTH / (element.closest(".several") ? 3.2 : 1)) : shown;
    drawn.add(element);
    const config = { displayModeBar: false, scrollZoom: false, showTips: false, doubleClick: "reset" };
    await Plotly.react(element, coloured(spec.data, false), layout(spec, width), config);
    thinned(element);
  }

  const all = [...document.querySelectorAll(".chart")];
  const redraw = () => drawn.forEach(draw);

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      watcher.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "800px" });
  all.forEach((element) => watcher.observe(element));

  let lastWidth = innerWidth;
  let waiting;
  addEventListener("resize", () => {
    if (innerWidth === lastWidth) return;
    lastWidth = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(redraw, 150);
  });
  dark.addEventListener("change", redraw);
  addEventListener("beforeprint", () => { printing = true; all.forEach(draw); });
  addEventListener("afterprint", () => { printing = false; redraw(); });

  // A tap on a group of a map shows it alone; another tap shows all again.
  for (const button of document.querySelectorAll(".legend button")) {
    button.addEventListener("click", () => {
      const list = button.closest(".legend");
      const element = document.querySelector(`.chart[data-figure="${CSS.escape(list.dataset.for)}"]`);
      const alone = button.getAttribute("aria-pressed") !== "true";
      list.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(alone && one === button)));
      if (!drawn.has(element)) return;
      const group = Number(button.dataset.group);
      const shown = charts[list.dataset.for][0].data[0].customdata.map((own) => (alone && own !== group ? 0.06 : 0.75));
      Plotly.restyle(element, { "marker.opacity": [shown] }).then(() => thinned(element));
    });
  }
})();
