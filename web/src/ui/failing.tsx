/** What went wrong, in people's words, with what to do. */
import { Failure } from "../api/client";
import { either, maybe, t } from "../words";

export function sentence(error: unknown): string {
  if (!(error instanceof Failure)) return t("failure.unknown", { code: String(error) });
  const own = maybe(`failure.${error.code}`);
  if (own) return own;
  const { detail, title, title_en } = error.problem as Record<string, string | undefined>;
  if (title) return either(title, title_en ?? title) + (detail ? ` ${detail}` : "");
  return t("failure.unknown", { code: error.code });
}

export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <p>{sentence(error)}</p>
      {again && (
        <button type="button" class="plain" onClick={again}>
          {t("wait.retry")}
        </button>
      )}
    </div>
  );
}
