/** What exactly is wrong before the door: the items of the category, its default chosen, so that nobody need tap. */
import { answer, api, type Schema } from "../api/client";
import { useReading } from "../ui/reading";
import { either, t } from "../words";

type Item = Pick<Schema<"DutyItem">, "code" | "name" | "name_en" | "categories" | "default">;

interface Shown {
  category: string;
  /** Codes the officer chose; null is what the category means. */
  chosen: string[] | null;
  choose: (items: string[] | null) => void;
}

async function inForce(): Promise<Item[]> {
  const { set } = await answer(api.GET("/api/v1/rulebooks/{kind}", { params: { path: { kind: "duties" } } }));
  return (set?.rows ?? []) as unknown as Item[];
}

/** One row below the categories; nothing where the category leaves no choice, or nothing is known of it. */
export function DutyItems({ category, chosen, choose }: Shown) {
  const items = useReading("duties", inForce).value?.filter((item) => item.categories.includes(category)) ?? [];
  if (items.length < 2) return null;
  const now = chosen ?? items.filter((item) => item.default).map(({ code }) => code);
  const tap = (code: string) => {
    const next = now.includes(code) ? now.filter((other) => other !== code) : [...now, code];
    choose(next.length ? next : null);
  };
  return (
    <div class="officer-quick" role="group" aria-label={t("officer.report.items")}>
      {items.map(({ code, name, name_en }) => (
        <button key={code} type="button" class="officer-chip" aria-pressed={now.includes(code)} onClick={() => tap(code)}>
          {either(name, name_en)}
        </button>
      ))}
    </div>
  );
}
