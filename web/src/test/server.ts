import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import type { Item, Movement } from "../types/inventory";
import type { Event, Order } from "../types/orders";
import type { User } from "../types/users";

export const bob: User = {
  id: 2,
  name: "Bob",
  email: "bob@example.com",
  role: "user",
  is_active: true,
  preferences: {},
  created_at: "2026-01-02T15:04:05Z",
};

export const admin: User = { ...bob, id: 1, name: "Ada", email: "ada@example.com", role: "admin" };

export const tea: Item = {
  id: 1,
  sku: "TEA-1",
  name: "Green tea",
  qty: 12,
  allocated: 0,
  price: "10.00",
  reorder_level: 5,
  created_at: "2026-01-02T15:04:05Z",
  updated_at: "2026-01-02T15:04:05Z",
};
export const cup: Item = { ...tea, id: 2, sku: "CUP-1", name: "Cup", price: "0.10" };
export const rare: Item = { ...tea, id: 3, sku: "RARE-1", name: "Rare thing", qty: 0 };

export const first: Movement = { id: 1, delta: 14, qty_after: 14, reason: "initial", user_id: 1, created_at: "2026-01-02T15:04:05Z" };
export const taken: Movement = {
  ...first,
  id: 2,
  delta: -2,
  qty_after: 12,
  reason: "reserved",
  order_id: "ORD-001",
  created_at: "2026-01-03T15:04:05Z",
};

export const order: Order = {
  id: "ORD-001",
  user_id: 2,
  total: "20.00",
  status: "pending",
  items: [{ sku: "TEA-1", quantity: 2, price: "10.00" }],
  created_at: "2026-01-02T15:04:05Z",
  updated_at: "2026-01-02T15:04:05Z",
};

export const created: Event = {
  id: 1,
  order_id: "ORD-001",
  event_type: "created",
  description: "Order placed",
  old_value: null,
  new_value: "pending",
  user_id: 2,
  created_at: "2026-01-02T15:04:05Z",
};

export const token = { access_token: "a.b.c", token_type: "bearer", expires_in: 1800, refresh_token: "r1" };

/** An answer as the services give it when they refuse. */
export function problem(status: number, detail: string, errors?: { location: string; message: string; value?: unknown }[]) {
  return HttpResponse.json(
    { title: "Problem", status, detail, errors },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );
}

/** What the services answer unless a test says otherwise. */
export const server = setupServer(
  http.post("/users/login", () => HttpResponse.json(token)),
  http.post("/users/register", () => HttpResponse.json(token, { status: 201 })),
  http.get("/users/me", () => HttpResponse.json(bob)),
  http.post("/users/logout", () => new HttpResponse(null, { status: 204 })),
  http.put("/users/me/preferences", () => HttpResponse.json({})),
  http.get("/users/", () => HttpResponse.json([admin, bob], { headers: { "X-Total-Count": "2" } })),
  http.get("/users/:id", () => HttpResponse.json(bob)),
  http.get("/inventory/", () => HttpResponse.json([tea, cup, rare])),
  http.get("/inventory/:id/movements", () => HttpResponse.json([taken, first], { headers: { "X-Total-Count": "2" } })),
  http.get("/inventory/:id", () => HttpResponse.json(tea, { headers: { ETag: '"1"' } })),
  http.get("/orders/", () => HttpResponse.json([order], { headers: { "X-Total-Count": "1" } })),
  http.get("/orders/webhooks", () => HttpResponse.json([], { headers: { "X-Total-Count": "0" } })),
  http.get("/orders/:id/timeline", () => HttpResponse.json([created])),
  http.get("/orders/:id", () => HttpResponse.json(order)),
);
