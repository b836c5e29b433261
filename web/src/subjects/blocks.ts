/** What practices show of a subject, below what everybody sees of it: listed here, fetched when a subject is open. */
import type { ComponentType } from "preact";
import { lazy } from "preact/compat";
import type { User } from "../api/client";

export interface Block {
  /** Its folder. */
  name: string;
  roles: readonly User["role"][];
  block: ComponentType<{ code: string }>;
}

/** One line a practice: `block("letters", ["handler"], () => import("../letters/of_subject"))`. */
export const BLOCKS: readonly Block[] = [
  block("ratings", ["officer", "acceptor", "dispatcher", "handler", "checker", "zone_manager", "reviewer", "admin"], () => import("../ratings/of_subject")),
  block("letters", ["admin", "dispatcher", "handler", "reviewer", "zone_manager", "acceptor", "checker"], () => import("../letters/of_subject")),
];

export function block(name: string, roles: readonly User["role"][], load: () => Promise<{ default: ComponentType<{ code: string }> }>): Block {
  return { name, roles, block: lazy(load) };
}
