/** Colours of the map: what the whole program shares is read from its tokens, what only a map has stands here. */
export interface Palette {
  dark: boolean;
  ink: string;
  quiet: string;
  paper: string;
  panel: string;
  accent: string;
  accentInk: string;
  on_time: string;
  soon: string;
  overdue: string;
  suspended: string;
  closed: string;
  ground: string;
  street: string;
  casing: string;
  border: string;
  parking: string;
}

const GROUNDS = {
  light: { ground: "#f3f0e9", street: "#ffffff", casing: "#cfcac0", border: "#8a93a0", parking: "#6d7782" },
  dark: { ground: "#171c22", street: "#333c46", casing: "#0d1116", border: "#6d7987", parking: "#8d98a4" },
};

export function paletteOf(element: Element, dark: boolean): Palette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    dark,
    ink: token("ink"),
    quiet: token("quiet"),
    paper: token("paper"),
    panel: token("panel"),
    accent: token("accent"),
    accentInk: token("accent-ink"),
    on_time: token("on-time"),
    soon: token("soon"),
    overdue: token("overdue"),
    suspended: token("suspended"),
    closed: token("closed"),
    ...GROUNDS[dark ? "dark" : "light"],
  };
}
