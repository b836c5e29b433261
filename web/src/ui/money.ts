/** Amounts of money as they are read. */
import { language } from "../words";

/** Yuan with thousands apart, fen only where there are any. */
export function yuan(amount: number | string): string {
  const of = Number(amount);
  return new Intl.NumberFormat(language.value, { minimumFractionDigits: of % 1 ? 2 : 0, maximumFractionDigits: 2 }).format(of);
}

/** Of a cell: a dash where nothing is to be paid. */
export const yuanOrNone = (amount: number | string | null): string => (Number(amount ?? 0) ? yuan(amount!) : "—");
