/** WGS-84 told in GCJ-02, which map apps in China read: the published offset, as in geo/datum.py. Good within China. */
import type { LonLat } from "./far";

const KRASOVSKY_A_M = 6378245;
const KRASOVSKY_E2 = 0.00669342162296594323;
const { sin, cos, sqrt, abs, PI } = Math;

export function toGcj02([lon, lat]: LonLat): LonLat {
  const [x, y] = [lon - 105, lat - 35];
  const [px, py] = [x * PI, y * PI];
  const ripple = (40 / 3) * (sin(6 * px) + sin(2 * px));
  const north_m =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + ripple +
    (40 / 3) * (sin(py) + 2 * sin(py / 3)) + (320 / 3) * (sin(py / 12) + 2 * sin(py / 30));
  const east_m =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + ripple +
    (40 / 3) * (sin(px) + 2 * sin(px / 3)) + 100 * (sin(px / 12) + 2 * sin(px / 30));
  const radian = PI / 180;
  const w2 = 1 - KRASOVSKY_E2 * sin(lat * radian) ** 2;
  const meridian_m = (KRASOVSKY_A_M * (1 - KRASOVSKY_E2)) / (w2 * sqrt(w2));
  const parallel_m = (KRASOVSKY_A_M / sqrt(w2)) * cos(lat * radian);
  return [lon + east_m / (parallel_m * radian), lat + north_m / (meridian_m * radian)];
}
