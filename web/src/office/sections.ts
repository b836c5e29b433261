/** The sections of the office: where each is, for whom, and what fetches it. */
import type { ComponentType } from "preact";
import { lazy } from "preact/compat";
import type { User } from "../api/client";
import type { Key } from "../words";

const MANAGING = ["zone_manager", "dispatcher", "admin"];
const EVERYBODY = ["officer", "acceptor", "dispatcher", "handler", "checker", "zone_manager", "reviewer", "intake", "admin"];
const EDITING = ["zone_manager", "admin"];

export interface Section {
  path: string;
  name: Key;
  roles: readonly User["role"][];
  page: ComponentType;
  /** Reached another way than by a tab. */
  hidden?: true;
  /** Below the same page: a tab of its own. */
  parts?: readonly { path: string; name: Key }[];
}

export const SECTIONS: readonly Section[] = [
  {
    path: "/manager",
    name: "manager.coverage",
    roles: MANAGING,
    page: lazy(() => import("../manager")),
    parts: [{ path: "/manager/playback", name: "manager.playback" }],
  },
  { path: "/rechecks", name: "office.rechecks", roles: ["zone_manager", "checker"], page: lazy(() => import("../rechecks")) },
  { path: "/campaigns", name: "office.campaigns", roles: MANAGING, page: lazy(() => import("../campaigns")) },
  { path: "/indicators", name: "office.indicators", roles: [...MANAGING, "acceptor", "handler", "checker"], page: lazy(() => import("../indicators")) },
  {
    path: "/layers",
    name: "office.layers",
    roles: MANAGING,
    page: lazy(() => import("../layers")),
  },
  {
    path: "/importing",
    name: "office.importing",
    roles: EDITING,
    page: lazy(() => import("../importing")),
    parts: [{ path: "/importing/gaps", name: "importing.gaps" }],
  },
  { path: "/me", name: "office.me", roles: EVERYBODY, page: lazy(() => import("../people/me")), hidden: true },
  { path: "/people", name: "office.people", roles: MANAGING, page: lazy(() => import("../people")) },
  { path: "/settings", name: "office.settings", roles: MANAGING, page: lazy(() => import("../settings")) },
  { path: "/operation", name: "office.operation", roles: ["admin", "dispatcher"], page: lazy(() => import("../operation")) },
];

export function sectionsOf(role: string): Section[] {
  return SECTIONS.filter((one) => !one.hidden && one.roles.includes(role));
}
