/** What the pages of people ask of the server. */
import { answer, api, type Schema } from "../api/client";
import { moved } from "../ui/days";
import type { Query } from "./query";

export type Account = Schema<"AccountOut">;
export type Told = Schema<"AccountSecretOut">;
export type Change = Schema<"ChangeOut">;
export type Body = Schema<"OrganisationOut">;
export type Turn = Schema<"RosterEntryOut">;
export type Device = Schema<"DeviceOut">;
export type Token = Schema<"TokenOut">;

export interface Page<T> {
  items: T[];
  next: string | null;
}

const ROWS = 50;
/** The clocks of the district stand eight hours before UTC. */
const midnight = (day: string): string => new Date(`${day}T00:00:00+08:00`).toISOString();
const matching = (version: number) => ({ "If-Match": `"${version}"` });
const given = <T extends object>(filter: T) => Object.fromEntries(Object.entries(filter).filter(([, value]) => value)) as Partial<T>;

export function fetchAccounts(of: Query, cursor: string | null): Promise<Page<Account>> {
  const { search, role, body, state } = of;
  return answer(api.GET("/api/v1/accounts", { params: { query: { ...given({ search: search.trim(), role, body, state }), cursor, limit: ROWS } as object } }));
}

/** Those of the street who are on no roster in a week. */
export function fetchOff(week: string, body: string): Promise<Page<Account>> {
  const query = { ...given({ body }), state: "enabled", off_from: midnight(week), off_to: midnight(moved(week, 7)), limit: 200 } as const;
  return answer(api.GET("/api/v1/accounts", { params: { query } }));
}

export const fetchAccount = (account_id: string): Promise<Account> => answer(api.GET("/api/v1/accounts/{account_id}", { params: { path: { account_id } } }));

export const createAccount = (body: Schema<"AccountIn">): Promise<Told> => answer(api.POST("/api/v1/accounts", { body }));

export function changeAccount({ id, version }: Account, said: Partial<Schema<"AccountPatch">>): Promise<Account> {
  return answer(api.PATCH("/api/v1/accounts/{account_id}", { params: { path: { account_id: id }, header: matching(version) }, body: said as Schema<"AccountPatch"> }));
}

export const resetPassword = (account_id: string): Promise<Told> => answer(api.POST("/api/v1/accounts/{account_id}/password", { params: { path: { account_id } } }));

export const endSessions = (account_id: string): Promise<Account> => answer(api.POST("/api/v1/accounts/{account_id}/sessions/end", { params: { path: { account_id } } }));

export const fetchAccountChanges = (account_id: string): Promise<Page<Change>> => answer(api.GET("/api/v1/accounts/{account_id}/changes", { params: { path: { account_id }, query: { limit: 100 } } }));

export const undoAccountChange = (account_id: string, version: number): Promise<Account> => answer(api.POST("/api/v1/accounts/{account_id}/changes/{version}/undo", { params: { path: { account_id, version } } }));

export const fetchBodies = async (): Promise<Body[]> => (await answer(api.GET("/api/v1/organisations"))).items;

export const createBody = (body: Schema<"OrganisationIn">): Promise<Body> => answer(api.POST("/api/v1/organisations", { body }));

export function changeBody({ code, version }: Body, said: Partial<Schema<"OrganisationPatch">>): Promise<Body> {
  return answer(api.PATCH("/api/v1/organisations/{code}", { params: { path: { code }, header: matching(version) }, body: said as Schema<"OrganisationPatch"> }));
}

export const fetchBodyChanges = (code: string): Promise<Page<Change>> => answer(api.GET("/api/v1/organisations/{code}/changes", { params: { path: { code }, query: { limit: 100 } } }));

export const undoBodyChange = (code: string, version: number): Promise<Body> => answer(api.POST("/api/v1/organisations/{code}/changes/{version}/undo", { params: { path: { code, version } } }));

/** Every turn of a week, of one body or of all. */
export async function fetchWeek(week: string, body: string): Promise<Turn[]> {
  const turns: Turn[] = [];
  let cursor: string | null = null;
  do {
    const query = { from: midnight(week), to: midnight(moved(week, 7)), ...given({ body }), cursor, limit: 500 };
    const page: Page<Turn> = await answer(api.GET("/api/v1/roster", { params: { query } }));
    turns.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return turns;
}

/** Sends a roster as it is in the file; the server reads UTF-8 and GB 18030. */
export function sendRoster(file: File, body: string, dry_run: boolean): Promise<Schema<"RosterImportOut">> {
  const query = { dry_run, name: file.name, ...given({ body }) };
  return answer(
    api.POST("/api/v1/roster/imports", {
      params: { query },
      headers: { "Content-Type": "text/csv" },
      body: file as never,
      bodySerializer: (content: unknown) => content as File,
    }),
  );
}

export function fetchDevices(account: string | null, cursor: string | null): Promise<Page<Device>> {
  return answer(api.GET("/api/v1/devices", { params: { query: { account, cursor, limit: ROWS } } }));
}

export const enrol = (account: string, kind: Device["kind"], name: string): Promise<Schema<"EnrolmentOut">> => answer(api.POST("/api/v1/devices", { body: { kind, name, datum: "wgs84", account } }));

export const revokeDevice = (device_id: number): Promise<Device> => answer(api.POST("/api/v1/devices/{device_id}/revoke", { params: { path: { device_id } } }));

export const fetchTokens = async (account: string | null): Promise<Token[]> => (await answer(api.GET("/api/v1/tokens", { params: { query: { account } } }))).items;

export const createToken = (body: Schema<"TokenIn">): Promise<Schema<"TokenSecretOut">> => answer(api.POST("/api/v1/tokens", { body }));

export const revokeToken = (token_id: string): Promise<Token> => answer(api.POST("/api/v1/tokens/{token_id}/revoke", { params: { path: { token_id } } }));
