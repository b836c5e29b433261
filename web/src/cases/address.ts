/** Where whoever is signed in looks at a case: at the desk, or on the phone. */
import { session } from "../api/client";

const AT_THE_DESK = ["dispatcher", "acceptor", "admin", "zone_manager"];

export function caseAddress(number: string): string {
  const told = encodeURIComponent(number);
  return AT_THE_DESK.includes(session.value?.user.role ?? "") ? `/dispatch?state=all&case=${told}` : `/officer/tasks/${told}`;
}
