/** What the practices have to say of a case, below what everybody sees of it. */
import { Suspense } from "preact/compat";
import { useErrorBoundary } from "preact/hooks";
import { session } from "../api/client";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { type Practice, PRACTICES } from "./practices";

export function Practices({ number }: { number: string }) {
  const role = session.value?.user.role;
  return (
    <>
      {PRACTICES.filter((one) => role && one.roles.includes(role)).map((one) => <Block key={one.name} of={one} number={number} />)}
    </>
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
