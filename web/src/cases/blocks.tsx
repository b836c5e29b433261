/** What the practices have to say of a case, below what everybody sees of it. */
import { Suspense } from "preact/compat";
import { useErrorBoundary, useState } from "preact/hooks";
import { session } from "../api/client";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { type Practice, PRACTICES } from "./practices";

/** `folded`: names of those that open at a tap. */
export function Practices({ number, folded = [] }: { number: string; folded?: readonly string[] }) {
  const role = session.value?.user.role;
  const shown = PRACTICES.filter((one) => role && one.roles.includes(role));
  return <>{shown.map((one) => (folded.includes(one.name) ? <Folded key={one.name} of={one} number={number} /> : <Block key={one.name} of={one} number={number} />))}</>;
}

/** Asked for when it is opened, and not before. */
function Folded({ of, number }: { of: Practice; number: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="case-fold" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t(of.title)}</summary>
      {open && <Block of={of} number={number} />}
    </details>
  );
}

/** One that cannot be fetched or drawn leaves the rest of the case as it is. */
function Block({ of: { block: Shown }, number }: { of: Practice; number: string }) {
  const [error, again] = useErrorBoundary();
  if (error) return <Failed error={error} again={again} />;
  return (
    <Suspense fallback={<Waiting what={t("wait.loading")} />}>
      <Shown number={number} />
    </Suspense>
  );
}
