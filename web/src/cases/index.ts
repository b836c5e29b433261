/** What phone and desk share about a case. */
export * from "./action_form";
export * from "./calls";
export { Clocks } from "./clocks";
export { CaseFacts, percent } from "./facts";
export { PhotoPair, shotsOf } from "./photos";
export * from "./standing";
export { headline, Timeline } from "./timeline";
