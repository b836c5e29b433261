/** How a file is to be read: datum, system, encoding, layer, and which of its columns stands for what. */
import { t } from "../words";
import { DATUMS, type Kind, type Options } from "./asking";

export const OWN = ["code", "name", "township"] as const;
const PROPERTIES: Record<Kind, readonly string[]> = {
  frontage: ["street", "address", "shop", "trade"],
  parking: ["street", "vehicle", "capacity", "legal_hours", "sign", "condition", "inspected_on"],
  site: ["street", "address", "site_kind"],
  service_point: ["service", "hours", "address"],
  grid: ["community"],
  community: [],
  township: [],
};
const ENCODINGS = ["utf-8", "gbk", "big5"];

interface Shown {
  options: Options;
  change: (next: Options) => void;
  /** Of the file, where it was read. */
  columns: readonly string[];
  layers?: readonly string[];
}

export function HowForm({ options, change, columns, layers = [] }: Shown) {
  const put = (part: Options) => change({ ...options, ...part });
  const columned = options.columns ?? {};
  return (
    <div class="office-form">
      <label class="field"><span>{t("importing.datum_declared")}</span>
        <select value={options.datum ?? ""} onChange={({ currentTarget }) => put({ datum: (currentTarget.value || null) as (typeof DATUMS)[number] | null })}>
          <option value="">{t("importing.datum_by_file")}</option>
          {DATUMS.map((one) => <option key={one} value={one}>{t(`importing.datum_${one}`)}</option>)}
        </select>
      </label>
      <label class="field"><span>{t("importing.crs")}</span>
        <input value={options.crs ?? ""} pattern="(EPSG|ESRI):[0-9]{3,6}" placeholder="EPSG:4549" onChange={({ currentTarget }) => put({ crs: currentTarget.value.trim() || null })} />
      </label>
      <label class="field"><span>{t("importing.encoding")}</span>
        <select value={options.encoding ?? ""} onChange={({ currentTarget }) => put({ encoding: currentTarget.value || null })}>
          <option value="">{t("importing.encoding_by_file")}</option>
          {ENCODINGS.map((one) => <option key={one} value={one}>{one.toUpperCase()}</option>)}
        </select>
      </label>
      {layers.length > 0 && (
        <label class="field"><span>{t("importing.layer")}</span>
          <select value={options.layer ?? ""} required onChange={({ currentTarget }) => put({ layer: currentTarget.value || null })}>
            <option value="" />
            {layers.map((one) => <option key={one} value={one}>{one}</option>)}
          </select>
        </label>
      )}
      {columns.length > 0 && !layers.length && (
        <ColumnChoice name="code" value={columned.code} columns={columns} choose={(code) => put({ columns: { ...columned, code } })} />
      )}
    </div>
  );
}

interface Choice {
  name: string;
  value: string | undefined;
  columns: readonly string[];
  choose: (column: string) => void;
}

export function ColumnChoice({ name, value, columns, choose }: Choice) {
  return (
    <label class="field"><span>{t(`importing.field_${name as "code"}`)}</span>
      <select value={value ?? ""} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="">{name === "code" ? t("importing.column_guessed") : t("importing.column_none")}</option>
        {columns.map((one) => <option key={one} value={one}>{one}</option>)}
      </select>
    </label>
  );
}

export const fieldsOf = (kind: Kind): readonly string[] => [...OWN, ...PROPERTIES[kind]];
