/** Distances on the ground, good to a metre within a district. */
interface Place {
  lon: number;
  lat: number;
}

const METRES_A_DEGREE = 111_195;

export function distance_m(a: Place, b: Place): number {
  const east = (a.lon - b.lon) * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  return Math.hypot(east, a.lat - b.lat) * METRES_A_DEGREE;
}

/** Where `b` lies as seen from `a`, degrees from north. */
export function bearing_deg(a: Place, b: Place): number {
  const east = (b.lon - a.lon) * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  return ((Math.atan2(east, b.lat - a.lat) * 180) / Math.PI + 360) % 360;
}

/** Metres to the nearest; null without a place to start from or to go to. */
export function nearest(from: Place | null, places: Place[]): number | null {
  return from && places.length > 0 ? Math.min(...places.map((place) => distance_m(from, place))) : null;
}

/** "140 m", "1.2 km". */
export const metres = (far: number): string => (far < 1000 ? `${Math.round(far / 10) * 10} m` : `${(far / 1000).toFixed(1)} km`);

export type LonLat = [lon: number, lat: number];
export type Ring = LonLat[];

/** Metres from a place to an area, given by its outer ring; 0 inside. */
export function away_m([lon, lat]: LonLat, ring: Ring): number {
  const squeeze = Math.cos((lat * Math.PI) / 180);
  const points = ring.map(([x, y]) => [(x - lon) * squeeze * METRES_A_DEGREE, (y - lat) * METRES_A_DEGREE] as const);
  let inside = false;
  let least = Infinity;
  points.forEach(([bx, by], at) => {
    const [ax, ay] = points.at(at - 1)!;
    if (ay > 0 !== by > 0 && ax + ((bx - ax) * ay) / (ay - by) > 0) inside = !inside;
    const length2 = (bx - ax) ** 2 + (by - ay) ** 2;
    const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, -(ax * (bx - ax) + ay * (by - ay)) / length2));
    least = Math.min(least, Math.hypot(ax + along * (bx - ax), ay + along * (by - ay)));
  });
  return inside ? 0 : least;
}
