/** Which of the three duties it is and what exactly is wrong: what the category means is chosen, so that nobody need tap. */
import { answer, api, type Schema } from "../api/client";
import { useReading } from "../ui/reading";
import { either, t } from "../words";

type Item = Pick<Schema<"DutyItem">, "code" | "duty" | "name" | "name_en" | "categories" | "default">;

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

/** One row below the categories, or a line where the category leaves no choice; nothing where nothing is known of it. */
export function DutyItems({ category, chosen, choose }: Shown) {
  const items = useReading("duties", inForce).value?.filter((item) => item.categories.includes(category)) ?? [];
  const [first] = items;
  if (!first) return null;
  const duty = t(`duty.${first.duty}`);
  const nameOf = ({ name, name_en }: Item) => either(name, name_en);
  if (items.length === 1) return <p class="officer-aside">{duty} · {nameOf(first)}</p>;
  const now = chosen ?? items.filter((item) => item.default).map(({ code }) => code);
  const tap = (code: string) => {
    const next = now.includes(code) ? now.filter((other) => other !== code) : [...now, code];
    choose(next.length ? next : null);
  };
  return (
    <>
      <p class="officer-aside" id="duty-items">{duty} · {t("officer.report.items")}</p>
      <div class="officer-quick" role="group" aria-labelledby="duty-items">
        {items.map((item) => (
          <button key={item.code} type="button" class="officer-chip" aria-pressed={now.includes(item.code)} onClick={() => tap(item.code)}>
            {nameOf(item)}
          </button>
        ))}
      </div>
    </>
  );
}
