/** Areas in words. */
import { language } from "../words";

export function squareMetres(area: number): string {
  const digits = area < 10 ? 2 : area < 1000 ? 1 : 0;
  const told = new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(area);
  return `${told} m²`;
}
