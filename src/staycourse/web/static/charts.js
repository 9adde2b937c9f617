// Draws the charts whose options the server wrote as JSON. Colours named `token:…` are taken from the stylesheet, so that a
// chart follows the theme; nothing here knows what a chart means.

const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);

function colour(token) {
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}

function filled(value) {
  if (typeof value === "string") {
    if (value.startsWith("token:")) return colour(value.slice(6));
    return value === "inherit" ? getComputedStyle(document.body).fontFamily : value;
  }
  if (Array.isArray(value)) return value.map(filled);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
  }
  return value;
}

function draw(place) {
  const option = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const chart = window.echarts.init(place, null, { renderer: "svg" });
  const paint = () => chart.setOption(filled(option), true);
  paint();
  new ResizeObserver(() => chart.resize()).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  place.dataset.drawn = "yes";
}

document.querySelectorAll("[data-chart]").forEach(draw);
