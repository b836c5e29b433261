/** The indicators of the formulas in force: what each divides, what it gave, and where the formula comes from. */
import { either, t } from "../words";
import type { Figures } from "./asking";
import { count } from "./measures";
import { maybe } from "../words";

interface Formula {
  code: string;
  numerator: string[];
  denominator: string[];
  factor: string;
}

export function Formulas({ figures, before }: { figures: Figures; before: Figures | null }) {
  const { formulas, total } = figures;
  const earlier = new Map((before?.total.indicators ?? []).map((one) => [one.code, one.value]));
  const known = new Map((formulas.indicators as unknown as Formula[]).map((one) => [one.code, one]));
  return (
    <section class="office-part" aria-labelledby="indicators-formulas">
      <header><h2 id="indicators-formulas">{t("indicators.formulas")}</h2></header>
      {formulas.sample && <p class="notice">{t("indicators.sample")}</p>}
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="indicators-formulas">
        <table class="office-table">
          <thead>
            <tr>
              <th scope="col">{t("indicators.indicator")}</th><th scope="col" class="words">{t("indicators.formula")}</th><th scope="col">{t("indicators.inputs")}</th>
              <th scope="col">{t("indicators.value")}</th>{before && <th scope="col">{t("indicators.before")}</th>}
            </tr>
          </thead>
          <tbody>
            {total.indicators.map((one) => (
              <tr key={one.code}>
                <th scope="row">{either(one.name, one.name_en)}</th>
                <td class="words">{wordsOf(known.get(one.code))}</td>
                <td class="numbers">{count(one.numerator)}{one.denominator !== null && ` / ${count(one.denominator)}`}</td>
                <td class="numbers">{one.value ?? "–"}</td>
                {before && <td class="numbers">{earlier.get(one.code) ?? "–"}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet indicators-source">{formulas.name} · {t("indicators.since", { day: formulas.valid_from })} · {t("indicators.source", { source: formulas.source })}</p>
    </section>
  );
}

function wordsOf(formula: Formula | undefined): string {
  if (!formula) return "";
  const sum = (names: string[]) => names.map((name) => maybe(`indicators.${name}`) ?? name).join(" + ");
  return `${sum(formula.numerator)}${formula.denominator.length ? ` ÷ ${sum(formula.denominator)}` : ""} × ${Number(formula.factor)}`;
}
