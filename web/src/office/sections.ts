/** The sections of the office: where each is, for whom, and what fetches it. */
import type { ComponentType } from "preact";
import { lazy } from "preact/compat";
import type { User } from "../api/client";
import type { Key } from "../words";

const MANAGING = ["zone_manager", "dispatcher", "admin"];
const EVERYBODY = ["officer", "acceptor", "dispatcher", "handler", "checker", "zone_manager", "reviewer", "intake", "admin"];
const EDITING = ["zone_manager", "admin"];

/** What belongs together in the bar; the sections of the group that is open stand below it. */
export const GROUPS = ["patrol", "subjects", "enforcement", "figures", "ground", "house"] as const;

interface Tab {
  path: string;
  name: Key;
}

export interface Section extends Tab {
  group: (typeof GROUPS)[number];
  roles: readonly User["role"][];
  page: ComponentType;
  /** Reached another way than by a tab. */
  hidden?: true;
  /** For those of the district: no township draws samples of its own work. */
  district?: true;
  /** Below the same page: a tab of its own, of fewer roles where it says so. */
  parts?: readonly (Tab & { roles?: readonly User["role"][] })[];
}

export const SECTIONS: readonly Section[] = [
  {
    path: "/manager",
    group: "patrol",
    name: "manager.coverage",
    roles: MANAGING,
    page: lazy(() => import("../manager")),
    parts: [{ path: "/manager/playback", name: "manager.playback", roles: ["zone_manager", "dispatcher"] }],
  },
  { path: "/rechecks", group: "patrol", name: "office.rechecks", roles: ["zone_manager", "checker"], district: true, page: lazy(() => import("../rechecks")) },
  { path: "/campaigns", group: "patrol", name: "office.campaigns", roles: MANAGING, page: lazy(() => import("../campaigns")) },
  {
    path: "/enforcement",
    group: "enforcement",
    name: "office.enforcement",
    roles: ["handler", "reviewer", ...MANAGING],
    page: lazy(() => import("../enforcement")),
    parts: [
      { path: "/enforcement/decisions", name: "enforcement.decisions" },
      { path: "/enforcement/powers", name: "enforcement.powers" },
    ],
  },
  {
    path: "/subjects",
    group: "subjects",
    name: "office.subjects",
    roles: [...MANAGING, "acceptor", "handler", "reviewer"],
    page: lazy(() => import("../subjects")),
  },
  {
    path: "/letters",
    group: "subjects",
    name: "letters.title",
    roles: [...MANAGING, "handler", "reviewer"],
    page: lazy(() => import("../letters")),
    parts: [{ path: "/letters/tasks", name: "letters.tasks" }],
  },
  {
    path: "/ratings",
    group: "subjects",
    name: "office.ratings",
    roles: [...MANAGING, "reviewer", "acceptor", "handler"],
    page: lazy(() => import("../ratings")),
    parts: [{ path: "/ratings/leniency", name: "ratings.leniency" }],
  },
  { path: "/complaints", group: "patrol", name: "complaints.title", roles: ["intake"], page: lazy(() => import("../complaints")) },
  { path: "/records", group: "patrol", name: "office.records", roles: [...MANAGING, "acceptor", "handler", "checker", "reviewer", "intake"], page: lazy(() => import("../records")) },
  { path: "/indicators", group: "figures", name: "office.indicators", roles: [...MANAGING, "acceptor", "handler", "checker"], page: lazy(() => import("../indicators")) },
  {
    path: "/layers",
    group: "ground",
    name: "office.layers",
    roles: MANAGING,
    page: lazy(() => import("../layers")),
  },
  {
    path: "/importing",
    group: "ground",
    name: "office.importing",
    roles: EDITING,
    page: lazy(() => import("../importing")),
    parts: [{ path: "/importing/gaps", name: "importing.gaps" }],
  },
  { path: "/openness", group: "enforcement", name: "office.openness", roles: ["reviewer", "admin", "zone_manager", "handler"], page: lazy(() => import("../openness")) },
  { path: "/litigation", group: "enforcement", name: "office.litigation", roles: ["reviewer", "admin", "zone_manager", "dispatcher", "handler"], page: lazy(() => import("../litigation")) },
  { path: "/me", group: "house", name: "office.me", roles: EVERYBODY, page: lazy(() => import("../people/me")), hidden: true },
  { path: "/people", group: "house", name: "office.people", roles: MANAGING, page: lazy(() => import("../people")) },
  { path: "/settings", group: "house", name: "office.settings", roles: [...MANAGING, "reviewer"], page: lazy(() => import("../settings")) },
  { path: "/operation", group: "house", name: "office.operation", roles: ["admin", "dispatcher"], page: lazy(() => import("../operation")) },
];

/** Whether somebody may open a section. */
export const opens = ({ roles, district }: Section, { role, organisation }: User): boolean => roles.includes(role) && (!district || organisation.kind === "district");

/** What somebody's bar has: groups that are not empty, each with its sections and their parts, and where it leads. */
export function groupsOf(user: User): { to: string; name: Key; tabs: Tab[] }[] {
  const mine = SECTIONS.filter((one) => !one.hidden && opens(one, user));
  return GROUPS.flatMap((group) => {
    const tabs = mine.filter((one) => one.group === group).flatMap((one): Tab[] => [one, ...(one.parts ?? []).filter(({ roles }) => !roles || roles.includes(user.role))]);
    return tabs[0] ? [{ to: tabs[0].path, name: tabs.length > 1 ? (`office.group_${group}` as const) : tabs[0].name, tabs }] : [];
  });
}
