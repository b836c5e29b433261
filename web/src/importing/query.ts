/** What the wizard shows is its address: the import in the path, the step and what is looked at behind it. */
import { addressOf } from "../ui/address";

/** In their order; a file is chosen before there is an import. */
export const STEPS = ["found", "report", "difference", "apply"] as const;
export type Step = (typeof STEPS)[number];
export const FATES = ["new", "changed", "gone", "unchanged", "faulty", "before_version"] as const;
export type Fate = (typeof FATES)[number];

export interface Query {
  step: Step;
  /** Number of the fault that is looked at. */
  fault: string;
  /** Of the report: faults of this code only. */
  code: string;
  fate: Fate | "";
  /** Of the difference: the zone that is looked at. */
  zone: string;
  /** The file is the layer as it was before this import. */
  undoes: string;
  /** Of the gaps. */
  township: string;
  vehicle: "bike" | "car";
}

const NONE: Query = { step: "found", fault: "", code: "", fate: "", zone: "", undoes: "", township: "", vehicle: "bike" };

export const { query, readAddress, change, told } = addressOf(NONE, (found) => {
  if (!STEPS.includes(found.step)) found.step = NONE.step;
  if (found.fate && !FATES.includes(found.fate)) found.fate = "";
  if (found.vehicle !== "car") found.vehicle = "bike";
});

export const PLACE = "/importing";
export const addressFor = (id: string, part: Partial<Query> = {}): string => `${PLACE}/${id}${told(part)}`;
