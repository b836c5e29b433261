/** Files that are given to the browser to keep. */
import { fetched } from "../api/client";

/** What was fetched with the token of whoever is signed in, given to the browser to keep. */
export function save(bytes: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Throws Failure. */
export async function savePdf(address: string, name: string): Promise<void> {
  const response = await fetched(address);
  save(await response.blob(), `${name}.pdf`);
}
