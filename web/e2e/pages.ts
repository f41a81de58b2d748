import type { Who } from "./api";

export interface PageToSee {
  /** What its screenshots are called. */
  name: string;
  path: string;
  as?: Who;
  heading: string | RegExp;
  /** Whether the README shows it. */
  front?: boolean;
}

/** Every page, for the tests that all of them have to pass, and for the screenshots. */
export const pages: PageToSee[] = [
  { name: "sign-in", path: "/app/sign-in", heading: "Sign in" },
  { name: "register", path: "/app/register", heading: "Create an account" },
  { name: "not-found", path: "/app/nowhere", heading: "Page not found" },
  { name: "dashboard", path: "/app", as: "admin", heading: "Dashboard", front: true },
  { name: "dashboard-own", path: "/app", as: "user", heading: "Dashboard" },
  { name: "orders", path: "/app/orders", as: "admin", heading: "Orders" },
  { name: "orders-own", path: "/app/orders", as: "user", heading: "Orders" },
  { name: "order", path: "/app/orders/ORD-002", as: "admin", heading: "Order ORD-002" },
  { name: "order-own", path: "/app/orders/ORD-002", as: "user", heading: "Order ORD-002" },
  { name: "new-order", path: "/app/new-order", as: "admin", heading: "Place an order" },
  { name: "new-order-own", path: "/app/new-order", as: "user", heading: "Place an order" },
  { name: "inventory", path: "/app/inventory", as: "admin", heading: "Inventory" },
  { name: "inventory-own", path: "/app/inventory", as: "user", heading: "Inventory" },
  { name: "item", path: "/app/inventory/2", as: "admin", heading: "Coffee, Sidamo, 250 g" },
  { name: "users", path: "/app/users", as: "admin", heading: "Users" },
  { name: "webhooks", path: "/app/webhooks", as: "admin", heading: "Webhooks" },
  { name: "webhook", path: "/app/webhooks/1", as: "admin", heading: /\/hooks$/ },
  { name: "settings", path: "/app/settings", as: "user", heading: "Settings" },
];
