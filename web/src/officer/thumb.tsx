/** A small picture of what lies on the phone; without one, the first letter of what it is about. */
import { useEffect, useState } from "preact/hooks";

export function useAddress(blob: Blob | undefined): string {
  const [address, setAddress] = useState("");
  useEffect(() => {
    if (!blob) return undefined;
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => {
      URL.revokeObjectURL(made);
      setAddress("");
    };
  }, [blob]);
  return address;
}

export function Thumb({ blob, name }: { blob: Blob | undefined; name: string }) {
  const address = useAddress(blob);
  if (address) return <img class="officer-thumb" src={address} alt="" />;
  return (
    <span class="officer-thumb" aria-hidden="true">
      {name.slice(0, 1)}
    </span>
  );
}
