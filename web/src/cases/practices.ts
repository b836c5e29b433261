/** What practices show of a case, in this order, and to whom: listed here, fetched when a case is open that they may see. */
import type { ComponentType } from "preact";
import { lazy } from "preact/compat";
import type { User } from "../api/client";

export interface Practice {
  /** Its folder. */
  name: string;
  roles: readonly User["role"][];
  block: ComponentType<{ number: string }>;
}

/** One line a practice: `practice("subjects", ["dispatcher"], () => import("../subjects/of_case"))`. */
export const PRACTICES: readonly Practice[] = [
  practice("subjects", ["officer", "acceptor", "dispatcher", "handler", "checker", "zone_manager", "reviewer", "admin"], () => import("../subjects/of_case")),
  practice("enforcement", ["officer", "handler", "checker", "dispatcher", "zone_manager", "reviewer", "admin"], () => import("../enforcement/of_case")),
  practice("leniency", ["handler", "reviewer", "zone_manager", "dispatcher", "admin"], () => import("../leniency/of_case")),
  practice("litigation", ["reviewer", "admin", "zone_manager", "dispatcher", "handler"], () => import("../litigation/of_case")),
];

export function practice(
  name: string,
  roles: readonly User["role"][],
  load: () => Promise<{ default: ComponentType<{ number: string }> }>,
): Practice {
  return { name, roles, block: lazy(load) };
}
