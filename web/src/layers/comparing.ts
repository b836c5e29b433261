/** What the map shows beside the layer itself: what differs between two days reports that would move, strips not yet kept. */
import { signal } from "@preact/signals";
import type { Schema } from "../api/client";
import type { Change } from "./asking";
import type { Painted } from "./painting";

export const changes = signal<readonly Change[]>([]);
export const moves = signal<readonly Schema<"MoveFeature">[]>([]);
export const previewed = signal<readonly Painted[]>([]);
/** Names of streets that the map shows. */
export const streetsInView = signal<readonly string[]>([]);
