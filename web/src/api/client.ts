/** The server, typed by its own document; who is signed in, kept across days without network. */
import createClient, { type Middleware } from "openapi-fetch";
import { signal } from "@preact/signals";
import { keepSession, KEY, restored, type Session, stored } from "./kept_session";
import type { components, paths } from "./schema";

export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];
export type User = Schema<"UserBody">;
type Tokens = Schema<"TokensBody">;

const API = "/api/v1";
/** What a kill kept from localStorage comes a moment later; nobody waits for it who has something to draw already. */
const restoration = restored();
/** Null when nobody is signed in. */
export const session = signal<Session | null>(stored() ?? (await restoration));
void restoration.then((found) => {
  if (found?.access !== session.value?.access) session.value = found;
});
/** The session ended on the server: what is queued stays and waits for the next sign-in. */
export const sessionEnded = signal(false);

export const api = createClient<paths>({ baseUrl: "/", fetch: (request) => call(request) });

async function keep(next: Session | null): Promise<void> {
  const durable = keepSession(next);
  session.value = next;
  await durable;
}

// Another tab has signed in, out, or taken new tokens.
addEventListener("storage", (event) => {
  if (event.key === KEY) session.value = stored();
});

/** What went wrong, as the server said it or because it could not be reached. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly problem: Record<string, unknown>,
  ) {
    super(code);
  }
  /** No answer at all, as opposed to one that refuses. */
  get unreached(): boolean {
    return this.status === 0;
  }
}

export async function failureOf(response: Response): Promise<Failure> {
  const problem = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  return new Failure(response.status, typeof problem["code"] === "string" ? problem["code"] : "unknown", problem);
}

/** The body of an answer; throws Failure for a refusal. `await answer(api.GET(...))`. */
export async function answer<T>(asked: Promise<{ data?: T; response: Response; error?: unknown }>): Promise<T> {
  const { data, response, error } = await asked.catch(() => {
    throw new Failure(0, "unreached", {});
  });
  if (response.ok) return data as T;
  const problem = (error ?? {}) as Record<string, unknown>;
  throw new Failure(response.status, typeof problem["code"] === "string" ? problem["code"] : "unknown", problem);
}

export async function signIn(username: string, password: string): Promise<void> {
  const tokens = await answer(api.POST("/api/v1/auth/login", { body: { username, password } }));
  await keep({ user: tokens.user, access: tokens.access_token, refresh: tokens.refresh_token });
  sessionEnded.value = false;
}

/** Another password of one's own: every other session ends, and this one begins. */
export async function changePassword(username: string, password: string, new_password: string): Promise<void> {
  const tokens = await answer(api.POST("/api/v1/auth/password", { body: { username, password, new_password } }));
  await keep({ user: tokens.user, access: tokens.access_token, refresh: tokens.refresh_token });
  sessionEnded.value = false;
}

export async function signOut(): Promise<void> {
  await api.POST("/api/v1/auth/logout").catch(() => undefined);
  await keep(null);
}

type Send = (address: string, init: RequestInit) => Promise<Response>;

/** A fetch with the token of whoever is signed in, renewed once when it has run out; for bodies that are no JSON. */
export async function authorized(address: string, init: RequestInit = {}, send: Send = fetch): Promise<Response> {
  const used = session.value?.access;
  const first = await send(address, { ...init, headers: bearing(init.headers, used) });
  if (first.status !== 401 || !used || !(await renewed(used))) return first;
  return send(address, { ...init, headers: bearing(init.headers, session.value?.access) });
}

/** Sends a body and tells which share of it has left, which fetch cannot. */
export function telling(left: (share: number) => void): Send {
  return (address, { method = "PUT", headers, body }) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, address);
      new Headers(headers).forEach((value, name) => request.setRequestHeader(name, value));
      request.upload.onprogress = ({ loaded, total }) => left(loaded / total);
      request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
      request.onerror = () => reject(new TypeError("unreached"));
      request.send(body as XMLHttpRequestBodyInit);
    });
}

/** The same for an answer that has to be there: throws Failure for a refusal, and where nobody answers. */
export async function fetched(address: string, init: RequestInit = {}, send?: Send): Promise<Response> {
  const response = await authorized(address, init, send).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new Failure(0, "unreached", {});
  });
  if (!response.ok) throw await failureOf(response);
  return response;
}

function bearing(headers: HeadersInit | undefined, token: string | undefined): Headers {
  const made = new Headers(headers);
  if (token) made.set("Authorization", `Bearer ${token}`);
  return made;
}

/** A refresh token is good once: of all tabs and the queue only one asks, the others take what it got. */
async function renewed(used: string): Promise<boolean> {
  await restoration;
  return await navigator.locks.request("frontage.refresh", async () => {
    const now = stored();
    if (!now) return false;
    if (now.access !== used) {
      session.value = now;
      return true;
    }
    const response = await fetch(`${API}/auth/refresh`, { method: "POST", headers: bearing(undefined, now.refresh) });
    if (response.ok) {
      const tokens = (await response.json()) as Tokens;
      await keep({ user: tokens.user, access: tokens.access_token, refresh: tokens.refresh_token });
      return true;
    }
    if (response.status === 401) sessionEnded.value = true;
    return false;
  });
}

const withToken: Middleware = {
  onRequest({ request }) {
    const token = session.value?.access;
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  },
};

api.use(withToken);
/** Every call of the typed client goes through here, so that a token that ran out is renewed without the caller. */
async function call(request: Request): Promise<Response> {
  const again = request.clone();
  const used = session.value?.access;
  const first = await fetch(request);
  if (first.status !== 401 || !used || request.url.includes("/auth/") || !(await renewed(used))) return first;
  again.headers.set("Authorization", `Bearer ${session.value?.access ?? ""}`);
  return fetch(again);
}
