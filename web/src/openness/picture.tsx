/** A photo fetched with the token of whoever looks; gone from memory with the page. */
import { useEffect, useState } from "preact/hooks";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { picture } from "./asking";

interface Shown {
  publication: string;
  sha256: string;
  blurred?: boolean;
  alt: string;
  /** Fetched anew when it changes. */
  version?: string;
}

export function Picture({ publication, sha256, blurred = false, alt, version }: Shown) {
  const [address, setAddress] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let made: string | null = null;
    let gone = false;
    picture(publication, sha256, blurred).then((found) => {
      made = found;
      if (gone) URL.revokeObjectURL(found);
      else setAddress(found);
    }, (failed: unknown) => !gone && setError(failed));
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [publication, sha256, blurred, version]);
  if (error !== null) return <Failed error={error} />;
  return address ? <img src={address} alt={alt} draggable={false} /> : <Waiting what={t("openness.picture_comes")} />;
}
