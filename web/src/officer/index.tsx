import { Waiting } from "../ui/waiting";

export default function Door() {
  return <Waiting />;
}
