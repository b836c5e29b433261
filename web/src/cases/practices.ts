/** What practices show of a case, in this order, and to whom: listed here, fetched when a case is open that they may see. */
import type { ComponentType } from "preact";
import { lazy } from "preact/compat";
import type { User } from "../api/client";
import type { Key } from "../words";

export interface Practice {
  /** Its folder. */
  name: string;
  /** How it is called where it is folded. */
  title: Key;
  roles: readonly User["role"][];
  block: ComponentType<{ number: string }>;
}

/** One line a practice: `practice("subjects", "subject.title", ["dispatcher"], () => import("../subjects/of_case"))`. */
export const PRACTICES: readonly Practice[] = [
  practice("subjects", "subject.title", ["officer", "acceptor", "dispatcher", "handler", "checker", "zone_manager", "reviewer", "admin"], () => import("../subjects/of_case")),
  practice("complaints", "complaints.title", ["acceptor", "dispatcher", "handler", "checker", "zone_manager", "reviewer", "intake", "admin"], () => import("../complaints/of_case")),
  practice("enforcement", "enforcing.title", ["officer", "handler", "checker", "dispatcher", "zone_manager", "reviewer", "admin"], () => import("../enforcement/of_case")),
  practice("leniency", "leniency.title", ["handler", "reviewer", "zone_manager", "dispatcher", "admin"], () => import("../leniency/of_case")),
  practice("litigation", "litigation.matters", ["reviewer", "admin", "zone_manager", "dispatcher", "handler"], () => import("../litigation/of_case")),
];

export function practice(
  name: string,
  title: Key,
  roles: readonly User["role"][],
  load: () => Promise<{ default: ComponentType<{ number: string }> }>,
): Practice {
  return { name, title, roles, block: lazy(load) };
}
