import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import type { Item, Movement, SummaryOutputBody as StockSummary } from "../src/types/inventory";
import type { Event, ForecastOutputBody, Order, SummaryOutputBody as OrdersSummary } from "../src/types/orders";
import type { SummaryOutputBody as UsersSummary, User } from "../src/types/users";

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

/** Days up to 2026-03-31. */
const lastDays = (count: number) =>
  Array.from({ length: count }, (_, day) => new Date(Date.UTC(2026, 2, 32 - count + day)).toISOString().slice(0, 10));

export const summary: OrdersSummary = {
  total_orders: 42,
  total_revenue: "1234.50",
  status_breakdown: { pending: 3, processing: 4, shipped: 5, delivered: 6, completed: 20, cancelled: 4 },
  recent_orders_7d: 9,
  recent_orders: [{ id: "ORD-001", user_id: 2, total: "20.00", status: "pending", created_at: "2026-01-02T15:04:05Z" }],
};
export const stock: StockSummary = {
  total_items: 61,
  total_quantity: 1500,
  out_of_stock: 1,
  low_stock: 2,
  low_stock_items: [
    { id: 3, sku: "RARE-1", qty: 0 },
    { id: 1, sku: "TEA-1", qty: 4 },
  ],
};
export const people: UsersSummary = {
  total_users: 25,
  active_users: 24,
  inactive_users: 1,
  recent_signups_7d: 5,
  role_breakdown: { admin: 1, user: 24 },
};
export const series = (days: number) => ({
  days,
  series: lastDays(days).map((date, day) => ({ date, orders: day % 3, revenue: date === "2026-03-29" ? 900 : 100 })),
});
export const signups = (days: number) => ({ days, series: lastDays(days).map((date) => ({ date, signups: 1 })) });
export const forecast: ForecastOutputBody = {
  days: 2,
  method: "hw",
  seasonality: "weekday",
  history: [],
  forecast: [
    { date: "2026-03-31", revenue: 110, lower: 80, upper: 140 },
    { date: "2026-04-01", revenue: 120, lower: 85, upper: 155 },
  ],
  anomalies: [{ date: "2026-03-29", revenue: 900, z: 7.3 }],
};

/** A stream of events that a test can write to. */
export function eventStream() {
  const encoder = new TextEncoder();
  let out: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (out = controller) });
  return {
    response: new HttpResponse(body, { headers: { "Content-Type": "text/event-stream" } }),
    send: (text: string) => out?.enqueue(encoder.encode(text)),
    emit: (event: Event) =>
      out?.enqueue(encoder.encode(`id: ${event.id}\nevent: order.${event.event_type}\ndata: ${JSON.stringify(event)}\n\n`)),
    end: () => out?.close(),
  };
}

export const token = { access_token: "a.b.c", token_type: "bearer", expires_in: 1800, refresh_token: "r1" };

/** A problem as the services answer it. */
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
  http.get("/users/analytics", () => HttpResponse.json(people)),
  http.get("/users/analytics/timeseries", ({ request }) => HttpResponse.json(signups(Number(new URL(request.url).searchParams.get("days"))))),
  http.get("/users/:id", () => HttpResponse.json(bob)),
  http.get("/inventory/", () => HttpResponse.json([tea, cup, rare])),
  http.get("/inventory/analytics", () => HttpResponse.json(stock)),
  http.get("/inventory/:id/movements", () => HttpResponse.json([taken, first], { headers: { "X-Total-Count": "2" } })),
  http.get("/inventory/:id", () => HttpResponse.json(tea, { headers: { ETag: '"1"' } })),
  http.get("/orders/", () => HttpResponse.json([order], { headers: { "X-Total-Count": "1" } })),
  http.get("/orders/analytics", () => HttpResponse.json(summary)),
  http.get("/orders/analytics/timeseries", ({ request }) => HttpResponse.json(series(Number(new URL(request.url).searchParams.get("days"))))),
  http.get("/orders/analytics/forecast", () => HttpResponse.json(forecast)),
  http.get("/orders/events", () => eventStream().response),
  http.get("/orders/webhooks", () => HttpResponse.json([], { headers: { "X-Total-Count": "0" } })),
  http.get("/orders/:id/deliveries", () => HttpResponse.json([], { headers: { "X-Total-Count": "0" } })),
  http.get("/orders/:id/timeline", () => HttpResponse.json([created])),
  http.get("/orders/:id", () => HttpResponse.json(order)),
);
