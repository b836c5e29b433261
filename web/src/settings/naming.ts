/** What a kind of set and its columns are called: rulebooks bring their names along, the others have theirs here. */
import { either, type Key, maybe, t } from "../words";
import type { Kind } from "./kinds";
import { spoken } from "./words";

const LABEL_MAX = 24;

export const titleOf = ({ name, book }: Kind): string => (book ? either(book.name, book.name_en) : t(`settings.kind_${name}` as Key));
export const aboutOf = ({ name, book }: Kind): string => (book ? either(book.about, book.about_en) : t(`settings.about_${name}` as Key));
export const holdsOf = ({ name, book }: Kind, n: string): string => t((book ? "settings.holds_deadlines" : `settings.holds_${name}`) as Key, { n });
export const activationOf = ({ name, book }: Kind): string => t((book ? "settings.activate_means_book" : `settings.activate_means_${name}`) as Key);
export const fileOf = ({ name, book }: Kind): string => t((book ? "settings.file_means_book" : `settings.file_means_${name}`) as Key);

/** A column of a rulebook without a word here is called as its description says, where that is short. */
export function columnOf({ book }: Kind, column: string): string {
  const known = maybe(`settings.col_${column}`);
  if (known || !book) return known ?? column;
  const fields = book.row["properties"] as Record<string, { description?: string }> | undefined;
  const said = spoken(fields?.[column]?.description ?? "");
  return said && said.length <= LABEL_MAX ? said : column.replaceAll("_", " ");
}
