/** What was attached, opened where it is shown: the bytes come with the token, so that no address works by itself. */
import { useEffect, useState } from "preact/hooks";
import { fetched } from "../api/client";
import { useDoing } from "../office/doing";
import "../office/office.css";
import { t } from "../words";
import "./attaching.css";
import { Failed } from "./failing";
import { save } from "./saving";
import { Sheet } from "./sheet";
import { Waiting } from "./waiting";

export const bytesOf = async (sha256: string): Promise<Blob> => (await fetched(`/api/v1/attachments/${sha256}`)).blob();

/** A button for each: a photo is looked at here, a PDF is given to the browser. Nothing of nothing. */
export function Attached({ digests }: { digests: readonly string[] }) {
  const [photo, setPhoto] = useState<{ bytes: Blob; name: string } | null>(null);
  const doing = useDoing();
  const open = (sha256: string, name: string) =>
    doing.run(async () => {
      const bytes = await bytesOf(sha256);
      if (bytes.type.startsWith("image/")) setPhoto({ bytes, name });
      else save(bytes, `${sha256.slice(0, 12)}.pdf`);
    });
  if (digests.length === 0) return null;
  return (
    <>
      <ul class="attached">
        {digests.map((sha256, place) => {
          const name = t("attach.nth", { n: place + 1 });
          return <li key={sha256}><button type="button" class="plain" disabled={doing.busy} onClick={() => void open(sha256, name)}>{name}</button></li>;
        })}
      </ul>
      {doing.error !== null && <Failed error={doing.error} />}
      {photo && <Sheet title={photo.name} onClosed={() => setPhoto(null)}>{() => <Drawn {...photo} />}</Sheet>}
    </>
  );
}

/** One photo where it belongs to what is read. */
export function AttachedPhoto({ sha256, name }: { sha256: string; name: string }) {
  const [bytes, setBytes] = useState<Blob | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let gone = false;
    bytesOf(sha256).then((came) => !gone && setBytes(came), (failed: unknown) => !gone && setError(failed));
    return () => {
      gone = true;
    };
  }, [sha256]);
  if (error !== null) return <Failed error={error} />;
  return bytes ? <Drawn bytes={bytes} name={name} /> : <Waiting />;
}

/** What this browser cannot draw is given to it to keep. */
function Drawn({ bytes, name }: { bytes: Blob; name: string }) {
  const [address, setAddress] = useState<string | null>(null);
  const [undrawn, setUndrawn] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(bytes);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  if (undrawn) return <button type="button" class="button" onClick={() => save(bytes, `${name}.${bytes.type.split("/")[1]}`)}>{t("attach.save")}</button>;
  return address ? <img class="attached-photo" src={address} alt={name} onError={() => setUndrawn(true)} /> : null;
}
