import { z } from "zod";

/** The logins of the demo shop. */
const logins = { user: "bob@example.com", admin: "admin@test.com" };
export type Who = keyof typeof logins;
export const password = "password123";

export const tokens = z.object({ access_token: z.string(), refresh_token: z.string() });

/** Calls the API directly. */
export async function ask(base: string, method: string, path: string, body: unknown, token?: string): Promise<unknown> {
  const response = await fetch(base + path, {
    method,
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

export const signInTo = async (base: string, who: Who) =>
  tokens.parse(await ask(base, "POST", "/users/login", { email: logins[who], password }));
