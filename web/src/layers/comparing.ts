/** What the map shows beside the layer itself: what differs between two days and reports that would move. */
import { signal } from "@preact/signals";
import type { Schema } from "../api/client";
import type { Change } from "./asking";

export const changes = signal<readonly Change[]>([]);
export const moves = signal<readonly Schema<"MoveFeature">[]>([]);
