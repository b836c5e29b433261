/** All categories in their groups; words, codes and first letters of the pinyin find one. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { InReach } from "../ui/in_sheets";
import { t } from "../words";
import { type Category, choices, nameOf, search } from "./categories";

interface Asked {
  all: Category[];
  chosen: string | null;
  choose: (code: string) => void;
  close: () => void;
}

export function CategorySheet({ all, chosen, choose, close }: Asked) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [words, setWords] = useState("");
  // Before anything else happens: whoever opened it by a key types on into it.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const take = (code: string) => {
    choose(code);
    // Closed, not only taken away: what opened it has the focus again.
    dialog.current?.close();
  };
  const found = search(choices(all), words);
  const groups = all.filter((group) => found.some((category) => category.parent === group.code));
  const single = found.filter((category) => category.parent === null);
  return (
    <dialog ref={dialog} class="officer-sheet" aria-label={t("officer.report.category")} onClose={close}>
      <form
        class="officer-search"
        onSubmit={(event) => {
          event.preventDefault();
          if (found[0]) take(found[0].code);
        }}
      >
        <input
          type="search"
          autofocus
          autocomplete="off"
          enterkeyhint="done"
          aria-label={t("officer.report.search")}
          placeholder={t("officer.report.search")}
          value={words}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
        />
        <button type="button" class="plain" onClick={() => dialog.current?.close()}>
          {t("officer.close")}
        </button>
      </form>
      {found.length === 0 && <p class="officer-empty">{t("officer.report.none_found")}</p>}
      {[...groups.map((group) => ({ name: nameOf(group), of: found.filter((category) => category.parent === group.code) })), { name: "", of: single }].map(
        ({ name, of }) =>
          of.length > 0 && (
            <section key={name}>
              {name && <h3>{name}</h3>}
              {of.map((category) => (
                <button key={category.code} type="button" class="officer-choice" aria-pressed={category.code === chosen} onClick={() => take(category.code)}>
                  {nameOf(category)}
                </button>
              ))}
            </section>
          ),
      )}
      <InReach />
    </dialog>
  );
}
