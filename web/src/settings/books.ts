/** Rulebooks: kinds that the server names, each told as the other kinds of sets are. */
import { answer, api, type Schema } from "../api/client";
import { columnsIn, dated, type Kind, type Row, sentAgain } from "./kinds";

export type Book = Schema<"KindOut">;

export async function loadBooks(): Promise<Book[]> {
  return (await answer(api.GET("/api/v1/rulebooks"))).items;
}

/** Where the page of a kind is, and under which name its answers are kept. */
export const pathOf = (kind: string): string => `book/${kind}`;

export function kindOf(book: Book): Kind {
  const { kind } = book;
  const columns = Object.keys((book.row["properties"] ?? {}) as Record<string, unknown>);
  const at = `/api/v1/rulebooks/${kind}`;
  return {
    name: pathOf(kind), book, columns, keepers: book.keepers, upload: `${at}/drafts`, drafts: true, formats: ["json"], about: [],
    list: async (cursor) => {
      const { items, next } = await answer(api.GET("/api/v1/rulebooks/{kind}/sets", { params: { path: { kind }, query: { limit: 50, ...(cursor && { cursor }) } } }));
      return { items: items.map((one) => dated(one, one.row_count, one.source_date)), next };
    },
    content: async ({ id, name, source, source_date, sample }) => {
      const { rows } = await answer(api.GET("/api/v1/rulebooks/{kind}/sets/{rulebook_id}", { params: { path: { kind, rulebook_id: id } } }));
      return { rows: rows.map((row): Row => ({ key: String(row["code"]), cells: columnsIn(row, columns) })), again: { name, source, source_date, sample, rows: sentAgain(rows) } };
    },
  };
}

/** A file as the command takes it too: its kind and its day stand in the address and in the form. */
export async function documentOf(book: Book, file: File): Promise<string> {
  const text = await file.text();
  try {
    const { kind, valid_from: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return kind === undefined || kind === book.kind ? JSON.stringify(rest) : text;
  } catch {
    return text;
  }
}
