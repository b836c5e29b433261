/** Whether a receipt proves that the server holds what was sent: digest and signature, worked out on the phone. */
import { answer, api, type Schema } from "../../api/client";
import type { Held, Receipt } from "./store";

type Jwk = Schema<"Jwk">;

const ED25519 = { name: "Ed25519" };

/** RFC 8785: its numbers and strings are those of JavaScript. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

export async function sha256Hex(bytes: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const digestOf = (value: unknown): Promise<string> => sha256Hex(text(canonical(value)));

/** What came back, as a receipt of this very report; null when it is none or names something else. */
export function receiptOf(value: unknown, item: Held): Receipt | null {
  const receipt = value as Partial<Receipt> | null;
  if (typeof receipt?.signature !== "string" || !Array.isArray(receipt.missing_photos)) return null;
  if (receipt.id !== item.id || receipt.digest !== item.digest) return null;
  const declared = new Set(item.photos.map((photo) => photo.sha256));
  return receipt.missing_photos.every((sha256) => declared.has(sha256)) ? (receipt as Receipt) : null;
}

let keys: Jwk[] = [];

/** Whether a key that the server publishes signed this receipt. */
export async function signed(receipt: Receipt): Promise<boolean> {
  const { signature, ...rest } = receipt;
  const [header = "", middle, made = "", ...more] = signature.split(".");
  if (middle !== "" || more.length > 0) return false;
  let key = await signer(header);
  if (!key) {
    keys = (await answer(api.GET("/api/v1/keys"))).keys;
    key = await signer(header);
  }
  return key !== undefined && holds(key, bytesOf(made), text(`${header}.${base64url(text(canonical(rest)))}`));
}

/** By the browser itself, or by a small program of our own where it knows no Ed25519, as Chromium before 137. */
async function holds(key: Jwk, made: Uint8Array<ArrayBuffer>, input: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const jwk = { kty: "OKP", crv: "Ed25519", x: key.x };
  const imported = await crypto.subtle.importKey("jwk", jwk, ED25519, false, ["verify"]).catch(() => null);
  if (imported) return crypto.subtle.verify(ED25519, imported, made, input);
  const { verifyAsync } = await import("@noble/ed25519");
  // As RFC 8032 has it, like the browsers; what has another length than a signature is none.
  return verifyAsync(made, input, bytesOf(key.x), { zip215: false }).catch(() => false);
}

/** The known key whose one header this is: nothing else in a header is ever interpreted. */
async function signer(header: string): Promise<Jwk | undefined> {
  for (const key of keys) {
    const thumbprint = await crypto.subtle.digest("SHA-256", text(canonical({ crv: "Ed25519", kty: "OKP", x: key.x })));
    const kid = base64url(new Uint8Array(thumbprint));
    if (header === base64url(text(canonical({ alg: "EdDSA", kid })))) return key;
  }
  return undefined;
}

const text = (value: string) => new TextEncoder().encode(value);

function base64url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytesOf(value: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(value.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
