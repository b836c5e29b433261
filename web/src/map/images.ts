/** Pins, discs and rings, drawn here: nothing is fetched for them, and they follow the colours of the page. */
import type { Map } from "maplibre-gl";
import { CLOCKS, type Clock } from "./marks";
import type { Palette } from "./palette";

const PIXEL_RATIO = 2;
/** Pixels of the page; pins stand on the middle of their lower edge. */
export const PIN = { width: 28, height: 34, radius: 11 };
const DISC = 34;
const CLUSTER = 44;
const TOP = -Math.PI / 2;
type Brush = CanvasRenderingContext2D;
type Draw = (brush: Brush) => void;

/** Adds every image, or redraws it in other colours. */
export function addImages(map: Map, colours: Palette): void {
  const add = (name: string, width: number, height: number, draw: Draw) => {
    const image = drawn(width, height, draw);
    if (map.hasImage(name)) map.updateImage(name, image);
    else map.addImage(name, image, { pixelRatio: PIXEL_RATIO });
  };
  for (const clock of CLOCKS) {
    add(`case-${clock}`, PIN.width, PIN.height, (brush) => pin(brush, colours, clock, 1));
    if (clock !== "on_time" && clock !== "soon") continue;
    for (let part = 0; part <= 8; part++) add(`case-${clock}-${part}`, PIN.width, PIN.height, (brush) => pin(brush, colours, clock, part / 8));
  }
  add("chosen", PIN.width + 12, PIN.height + 12, (brush) => halo(brush, colours));
  for (let part = 0; part <= 8; part++) add(`cluster-${part}`, CLUSTER, CLUSTER, (brush) => cluster(brush, colours, part / 8));
  for (let part = 0; part <= 4; part++) add(`officer-${part}`, DISC, DISC, (brush) => officer(brush, colours, part / 4, false));
  add("officer-sos", DISC, DISC, (brush) => officer(brush, colours, 1, true));
  add("candidate", 26, 26, (brush) => {
    disc(brush, 13, 13, 11, colours.accent);
    ring(brush, 13, 13, 11.5, 2, 1, colours.panel);
  });
  add("hatch", 8, 8, (brush) => hatch(brush, colours.overdue));
}

function drawn(width: number, height: number, draw: Draw): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = width * PIXEL_RATIO;
  canvas.height = height * PIXEL_RATIO;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  if (!brush) throw new Error("no 2D canvas");
  brush.scale(PIXEL_RATIO, PIXEL_RATIO);
  draw(brush);
  return brush.getImageData(0, 0, canvas.width, canvas.height);
}

function disc(brush: Brush, x: number, y: number, radius: number, colour: string): void {
  brush.beginPath();
  brush.arc(x, y, radius, 0, 2 * Math.PI);
  brush.fillStyle = colour;
  brush.fill();
}

function ring(brush: Brush, x: number, y: number, radius: number, width: number, share: number, colour: string): void {
  if (share <= 0) return;
  brush.beginPath();
  brush.arc(x, y, radius, TOP, TOP + 2 * Math.PI * share);
  brush.lineWidth = width;
  brush.strokeStyle = colour;
  brush.stroke();
}

/** The outline of a pin: a disc that runs out into a point below. */
function body(brush: Brush, left: number, top: number, grown: number): void {
  const x = left + PIN.width / 2;
  const y = top + PIN.radius + 2;
  const radius = PIN.radius + grown;
  brush.beginPath();
  brush.arc(x, y, radius, Math.PI * 0.82, Math.PI * 0.18);
  brush.lineTo(x, top + PIN.height - 1 + grown);
  brush.closePath();
}

function pin(brush: Brush, colours: Palette, clock: Clock, used: number): void {
  const x = PIN.width / 2;
  const y = PIN.radius + 2;
  const colour = clock === "unsure" ? colours.quiet : colours[clock];
  brush.save();
  brush.shadowColor = "rgb(0 0 0 / 35%)";
  brush.shadowBlur = 3 * PIXEL_RATIO;
  brush.shadowOffsetY = PIXEL_RATIO;
  body(brush, 0, 0, 0);
  brush.fillStyle = colours.panel;
  brush.fill();
  brush.restore();
  body(brush, 0, 0, 0);
  brush.lineWidth = 1;
  brush.strokeStyle = colour;
  brush.stroke();
  brush.save();
  brush.globalAlpha = 0.25;
  ring(brush, x, y, PIN.radius - 2.5, 3.5, 1, colour);
  brush.restore();
  ring(brush, x, y, PIN.radius - 2.5, 3.5, used, colour);
  glyph(brush, x, y, clock, colour);
}

/** Colour is never alone: a filled dot, a half dot, a bar, a pause, a tick, or hatching. */
function glyph(brush: Brush, x: number, y: number, clock: Clock, colour: string): void {
  brush.fillStyle = brush.strokeStyle = colour;
  brush.lineWidth = 2;
  brush.lineCap = "round";
  brush.lineJoin = "round";
  brush.beginPath();
  if (clock === "on_time") brush.arc(x, y, 3.5, 0, 2 * Math.PI);
  if (clock === "soon") brush.arc(x, y, 3.5, Math.PI / 2, -Math.PI / 2);
  if (clock === "on_time" || clock === "soon") brush.fill();
  if (clock === "overdue") brush.fillRect(x - 4, y - 1.25, 8, 2.5);
  if (clock === "suspended") {
    brush.fillRect(x - 3, y - 3.5, 2, 7);
    brush.fillRect(x + 1, y - 3.5, 2, 7);
  }
  if (clock === "closed") {
    brush.moveTo(x - 3.5, y);
    brush.lineTo(x - 1, y + 2.5);
    brush.lineTo(x + 3.5, y - 2.5);
  }
  if (clock === "unsure") {
    for (const shift of [-3, 0, 3]) {
      brush.moveTo(x + shift - 2, y + 3);
      brush.lineTo(x + shift + 2, y - 3);
    }
    brush.lineWidth = 1;
  }
  if (clock !== "overdue" && clock !== "suspended") brush.stroke();
}

function halo(brush: Brush, colours: Palette): void {
  body(brush, 6, 6, 3);
  brush.lineWidth = 3;
  brush.strokeStyle = colours.accent;
  brush.fillStyle = colours.panel;
  brush.fill();
  brush.stroke();
}

function cluster(brush: Brush, colours: Palette, overdue: number): void {
  const middle = CLUSTER / 2;
  brush.save();
  brush.shadowColor = "rgb(0 0 0 / 30%)";
  brush.shadowBlur = 4 * PIXEL_RATIO;
  disc(brush, middle, middle, middle - 5, colours.panel);
  brush.restore();
  ring(brush, middle, middle, middle - 6.5, 4, 1, colours.dark ? "#4a545f" : "#c9ced4");
  ring(brush, middle, middle, middle - 6.5, 4, overdue, colours.overdue);
}

function officer(brush: Brush, colours: Palette, fresh: number, sos: boolean): void {
  const middle = DISC / 2;
  const colour = sos ? colours.overdue : colours.accent;
  disc(brush, middle, middle, middle - 1, colours.panel);
  disc(brush, middle, middle, middle - 5, fresh > 0 ? colour : colours.closed);
  ring(brush, middle, middle, middle - 2.5, 2.5, 1, colours.dark ? "#3a444e" : "#d5d9de");
  ring(brush, middle, middle, middle - 2.5, 2.5, fresh, colour);
}

function hatch(brush: Brush, colour: string): void {
  brush.strokeStyle = colour;
  brush.globalAlpha = 0.55;
  brush.lineWidth = 1;
  brush.beginPath();
  for (const shift of [-8, 0, 8]) {
    brush.moveTo(shift, 8);
    brush.lineTo(shift + 8, 0);
  }
  brush.stroke();
}
