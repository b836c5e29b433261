/** A day's way as a line without a map: drawn from what was read, so that it needs no network. */
import type { Schema } from "../api/client";
import { t } from "../words";

type Track = Schema<"TrackOut">;
type Point = Track["points"][number];

const WIDTH = 320;
const HEIGHT = 180;
const MARGIN = 12;
/** A track of one spot is drawn as a spot, not blown up to the frame. */
const LEAST_DEGREES = 0.0005;

export function TrackLine({ tracks }: { tracks: Track[] }) {
  const points = tracks.flatMap((track) => track.points.filter((point) => point.on_line));
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;
  const place = framed(points);
  const path = points.map((point, at) => `${point.joined && at > 0 ? "L" : "M"}${place(point).join(" ")}`).join("");
  const [x, y] = place(last);
  const [from_x, from_y] = place(first);
  return (
    <svg class="officer-track" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("officer.me.track")}>
      <path d={path} />
      <circle class="officer-track-from" cx={from_x} cy={from_y} r="4" />
      <circle cx={x} cy={y} r="5" />
    </svg>
  );
}

/** North up, both directions to one scale. */
function framed(points: Point[]): (point: Point) => [number, number] {
  const lats = points.map((point) => point.lat);
  const lons = points.map((point) => point.lon);
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const [west, east] = [Math.min(...lons), Math.max(...lons)];
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const wide = Math.max((east - west) * squeeze, LEAST_DEGREES);
  const high = Math.max(north - south, LEAST_DEGREES);
  const scale = Math.min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high);
  const round = (value: number) => Math.round(value * 10) / 10;
  return ({ lon, lat }) => [
    round(WIDTH / 2 + (lon - (west + east) / 2) * squeeze * scale),
    round(HEIGHT / 2 - (lat - (south + north) / 2) * scale),
  ];
}
