// Charts of the dashboard, drawn by Plotly, which is loaded when the first is to be seen.
import { chartStyle } from "./chart_style.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const touch = matchMedia("(hover: none)").matches;
const drawn = new Set();
let plotly;

function loaded() {
  plotly ??= new Promise((done, failed) => {
    // Plotly would add style elements, which the Content-Security-Policy forbids: what is needed of them is in insights.css.
    const style = document.createElement("meta");
    style.id = "plotly.js-style-global";
    style.className = "no-inline-styles";
    const script = document.createElement("script");
    script.src = document.querySelector("[data-plotly]").dataset.plotly;
    stylesByProperty();
    const create = document.createElement;
    document.createElement = (name, ...more) => create.call(document, name === "style" ? "template" : name, ...more);
    script.onload = () => {
      document.createElement = create;
      done(window.Plotly);
    };
    script.onerror = failed;
    document.head.append(style, script);
  });
  return plotly;
}

// A style attribute is forbidden, too; the same by properties is not.
function stylesByProperty() {
  const set = Element.prototype.setAttribute;
  SVGElement.prototype.setAttribute = function (name, value) {
    if (name === "style") this.style.cssText = value;
    else set.call(this, name, value);
  };
}

// Colours are names in the data: "@ink" is the ink of the theme in use. Only values of colour properties are looked at.
function coloured(value, palette, isColour) {
  if (typeof value === "string") return isColour && value[0] === "@" ? palette[value.slice(1)] : value;
  if (Array.isArray(value)) return typeof value[0] === "number" && !isColour ? value : value.map((part) => coloured(part, palette, isColour));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, coloured(part, palette, /color/i.test(key))]));
}

function axis({ room, ...own } = {}, width) {
  const fitting = room ? { nticks: Math.max(3, Math.floor(width / room)) } : {};
  return {
    color: "@soft", gridcolor: "@grid", linecolor: "@line", zeroline: false, automargin: true, ...fitting, ...own,
    title: { standoff: 8, font: { size: 12, color: "@soft" }, ...own.title }, fixedrange: true,
  };
}

// Escaped text ("&lt;") is cut between characters, never within one.
function shortened(note, width) {
  if (note.name !== "label") return note;
  const letters = note.text.match(/&\w+;|./gsu) || [];
  const most = Math.max(12, Math.floor((width - 70) / 6.8));
  return letters.length <= most ? note : { ...note, text: `${letters.slice(0, most - 1).join("")}…` };
}

function layout({ layout: { zoomable: _, margin, xaxis, yaxis, annotations = [], ...rest }, height }, width) {
  return {
    ...rest, width, height, xaxis: axis(xaxis, width), yaxis: axis(yaxis, width), margin: { l: 8, r: 8, t: 12, b: 8, ...margin },
    annotations: annotations.map((note) => shortened(note, width)), showlegend: false, dragmode: false,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: "@ink" },
    hoverlabel: { bgcolor: "@ink", bordercolor: "@ink", font: { color: "@paper", size: 13 }, align: "left" },
  };
}

// Numbers in the cells of a heat map stand there where they fit.
const CELL_WITH_TEXT = 34;
function fitting(trace, width) {
  if (trace.type !== "heatmap" || (width - 110) / trace.x.length >= CELL_WITH_TEXT) return trace;
  return { ...trace, texttemplate: "" };
}

async function draw(element) {
  const { react } = await loaded();
  if (!element.isConnected) return drawn.delete(element);
  drawn.add(element);
  const spec = JSON.parse(document.getElementById(`chart-${element.dataset.chart}`).textContent)[Number(element.dataset.place)];
  const palette = chartStyle(dark.matches);
  const config = { displayModeBar: false, scrollZoom: false, showTips: false, staticPlot: touch && !spec.data[0].hovertemplate };
  const width = element.parentElement.clientWidth;
  const data = spec.data.map((trace) => fitting(trace, width));
  await react(element, coloured(data, palette, false), coloured(layout(spec, width), palette, false), config);
}

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    draw(target);
  }
}, { rootMargin: "600px" });

function again() {
  [...drawn].forEach((element) => (element.isConnected ? draw(element) : drawn.delete(element)));
}

let width = innerWidth;
let waiting;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(again, 150);
});
dark.addEventListener("change", again);

export function charts(part) {
  for (const element of part.querySelectorAll?.(".plot[data-chart]") ?? []) {
    element.style.height = `${element.dataset.height}px`; // before it is drawn: nothing moves when it is
    watcher.observe(element);
  }
}
