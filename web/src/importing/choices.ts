/** What is decided about an import before it is applied, kept in this browser under its number; and how columns of files
 * of one shape were called last time. */
import { effect, signal, type Signal } from "@preact/signals";
import { today } from "../ui/days";

export interface Choices {
  valid_from: string;
  /** Every repair, but for the `refused`; else those `accepted`. Zones by their codes. */
  all: boolean;
  accepted: string[];
  refused: string[];
  gone: "keep" | "close";
  rematch: boolean;
  confirm_datum: boolean;
}

const CHOICES = "frontage.import.";
const COLUMNS = "frontage.columns.";

function stored<T>(key: string): Partial<T> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<T>;
  } catch {
    return {};
  }
}

function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A full store forgets; the page goes on.
  }
}

export interface Chosen {
  choices: Signal<Choices>;
  end: () => void;
}

/** `first` is what holds where nothing was decided yet. */
export function choicesOf(id: string, first: Partial<Choices>): Chosen {
  const none: Choices = { valid_from: today(), all: false, accepted: [], refused: [], gone: "keep", rematch: false, confirm_datum: false };
  const choices = signal<Choices>({ ...none, ...first, ...stored<Choices>(CHOICES + id) });
  return { choices, end: effect(() => keep(CHOICES + id, choices.value)) };
}

export const isAccepted = ({ all, accepted, refused }: Choices, zone: string): boolean =>
  all ? !refused.includes(zone) : accepted.includes(zone);

export function withRepairs(choices: Choices, zones: readonly string[], taken: boolean): Choices {
  const moved = new Set(zones);
  const rest = (of: readonly string[]) => of.filter((zone) => !moved.has(zone));
  if (choices.all) return { ...choices, refused: taken ? rest(choices.refused) : [...rest(choices.refused), ...moved] };
  return { ...choices, accepted: taken ? [...rest(choices.accepted), ...moved] : rest(choices.accepted) };
}

export const forget = (id: string): void => localStorage.removeItem(CHOICES + id);

type Columns = Record<string, string>;

const shapeOf = (kind: string, columns: readonly string[]): string => `${COLUMNS}${kind}.${[...columns].sort().join("|")}`;

export const columnsOf = (kind: string, columns: readonly string[]): Columns | null => {
  const found = stored<Columns>(shapeOf(kind, columns)) as Columns;
  return Object.keys(found).length ? found : null;
};

export const keepColumns = (kind: string, columns: readonly string[], chosen: Columns): void => keep(shapeOf(kind, columns), chosen);
