/** A button that opens the camera or the gallery. */
import type { ComponentChildren } from "preact";

interface Asked {
  class: string;
  from: "camera" | "gallery";
  taken: (files: File[]) => void;
  children: ComponentChildren;
}

export function Picture({ class: look, from, taken, children }: Asked) {
  return (
    <label class={look}>
      <input
        class="unseen"
        type="file"
        accept="image/*"
        {...(from === "camera" ? { capture: "environment" } : { multiple: true })}
        onChange={({ currentTarget }) => {
          taken([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
      {children}
    </label>
  );
}
