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

/** Metres to the nearest; null without a place to start from or to go to. */
export function nearest(from: Place | null, places: Place[]): number | null {
  return from && places.length > 0 ? Math.min(...places.map((place) => distance_m(from, place))) : null;
}

/** "140 m", "1.2 km". */
export const metres = (far: number): string => (far < 1000 ? `${Math.round(far / 10) * 10} m` : `${(far / 1000).toFixed(1)} km`);
