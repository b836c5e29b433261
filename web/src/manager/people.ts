/** Whom one may choose: people of rosters and teams, and whoever else is on duty now. */
import { fetchPeople, type Person } from "./asking";
import { type Reading, useAsked } from "./reading";
import { onDuty } from "../dispatch/on_duty";

export function usePeople(asked = true): Reading<Person[]> & { people: Person[] } {
  const read = useAsked(asked ? "people" : null, fetchPeople, false);
  const known = read.value ?? [];
  const others = [...onDuty.value.values()]
    .filter((one) => !known.some((person) => person.account === one.account))
    .map(({ account, name, body }) => ({ account, name, body: body.code }));
  return { ...read, people: [...known, ...others] };
}
