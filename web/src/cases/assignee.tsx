/** Who is expected to act: people of the body that gets the case, those with the least in hand first. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import { sentence } from "../ui/failing";
import { t } from "../words";
import type { Draft } from "./action_form";

interface Asked {
  label: ComponentChildren;
  required: boolean;
  draft: Draft;
  number: string;
}

export function Assignee({ label, required, draft, number }: Asked) {
  const host = useRef<HTMLSelectElement>(null);
  const [body, setBody] = useState(draft.body ?? "");
  const [people, setPeople] = useState<Schema<"AssigneeOut">[]>([]);
  const [chosen, setChosen] = useState(draft.assignee ?? "");
  const [error, setError] = useState<unknown>(null);
  // Another body has other people.
  useEffect(() => {
    const form = host.current?.form;
    const look = () => setBody(String((form && new FormData(form).get("body")) || ""));
    form?.addEventListener("change", look);
    return () => form?.removeEventListener("change", look);
  }, []);
  useEffect(() => {
    setBody(draft.body ?? "");
    setChosen(draft.assignee ?? "");
  }, [draft.body, draft.assignee]);
  useEffect(() => {
    let gone = false;
    setError(null);
    const params = { path: { number }, query: body ? { body } : {} };
    answer(api.GET("/api/v1/cases/{number}/assignees", { params })).then(
      (came) => {
        if (gone) return;
        setPeople(came.items);
        setChosen((before) => (before === draft.assignee || came.items.some((one) => one.account === before) ? before : ""));
      },
      (failed: unknown) => !gone && setError(failed),
    );
    return () => { gone = true; };
  }, [number, body]);
  const others = draft.assignee && draft.assignee_name && !people.some((one) => one.account === draft.assignee);
  return (
    <label class="field">
      {label}
      <select ref={host} name="assignee" required={required} value={chosen} onInput={(event) => setChosen(event.currentTarget.value)}>
        <option value="">{required ? "" : t("input.anybody")}</option>
        {others && <option value={draft.assignee!}>{draft.assignee_name}</option>}
        {people.map((one) => (
          <option key={one.account} value={one.account}>{`${one.name} · ${t(`role.${one.role}`)} · ${t("input.in_hand", { n: one.open_cases })}`}</option>
        ))}
      </select>
      {error !== null && <span class="quiet" role="alert">{sentence(error)}</span>}
    </label>
  );
}
