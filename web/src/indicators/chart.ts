/** Draws bars with Chart.js, in a chunk of its own: colours are the page's, also when it turns dark. */
import { BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, Tooltip } from "chart.js";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Legend, Tooltip);

export interface Drawn {
  /** Bars stand, as months do; else they lie, and names have room. */
  upright: boolean;
  labels: string[];
  unit: string;
  /** The end of the scale, where it has one. */
  most?: number;
  /** Bars of one label stand on each other. */
  stacked?: boolean;
  /** Full, soft and hollow ones are told from each other without colour. */
  series: { name: string; values: (number | null)[]; hollow?: boolean; soft?: boolean }[];
}

/** Draws; what is returned takes it away again. */
export function draw(canvas: HTMLCanvasElement, drawn: Drawn): () => void {
  let chart = drawnOn(canvas, drawn);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const again = () => {
    chart.destroy();
    chart = drawnOn(canvas, drawn);
  };
  dark.addEventListener("change", again);
  return () => {
    dark.removeEventListener("change", again);
    chart.destroy();
  };
}

function drawnOn(canvas: HTMLCanvasElement, { upright, labels, unit, most, stacked = false, series }: Drawn): Chart {
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = { family: style.fontFamily, size: 12 };
  const ticks = { color: colour("--quiet"), font };
  const measured = { stacked, beginAtZero: true, ...(most ? { max: most } : {}), ticks: { ...ticks, precision: 0, callback: (value: number | string) => `${value}${unit}` }, grid: { color: colour("--line") }, border: { display: false } };
  const named = { stacked, ticks: { ...ticks, autoSkip: upright }, grid: { display: false }, border: { color: colour("--line") } };
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels,
      datasets: series.map(({ name, values, hollow, soft }) => ({
        label: name,
        data: values,
        backgroundColor: hollow ? "transparent" : colour(soft ? "--accent-soft" : "--accent"),
        borderColor: hollow ? colour("--quiet") : colour("--accent"),
        borderWidth: 1.5,
        borderSkipped: false,
        maxBarThickness: 18,
      })),
    },
    options: {
      indexAxis: upright ? "x" : "y",
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      scales: upright ? { x: named, y: measured } : { x: measured, y: named },
      plugins: {
        legend: { align: "start", labels: { color: colour("--ink"), font, boxWidth: 14, boxHeight: 10 }, onClick: () => undefined },
        tooltip: { callbacks: { label: ({ dataset, formattedValue }) => `${dataset.label}: ${formattedValue}${unit}` } },
      },
    },
  });
}
