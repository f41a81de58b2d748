import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { afterEach, describe, expect, it } from "vitest";
import { currentAddress, open } from "../../../test/open";
import { admin, bob, created, first, order, problem, server, summary, taken } from "../../../test/server";

const long = `Wolfeschlegelsteinhausenbergerdorff ${"x".repeat(64)}`;
const eve = { ...bob, id: 3, name: long };
const people = [admin, bob, eve];

/** Answers as the API does, and records the ids. */
function namesOf(all = people) {
  const asked: string[] = [];
  server.use(
    http.get("/users/", ({ request }) => {
      const ids = new URL(request.url).searchParams.get("ids") ?? "";
      asked.push(ids);
      return HttpResponse.json(all.filter(({ id }) => ids.split(",").includes(String(id))));
    }),
  );
  return asked;
}

const ordersOf = (...buyers: number[]) =>
  http.get("/orders/", () => HttpResponse.json(buyers.map((user_id, index) => ({ ...order, id: `ORD-${index}`, user_id }))));

/** Records the requests to the users service. */
function recordUsers() {
  const asked: string[] = [];
  server.events.on("request:start", ({ request }) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/users")) asked.push(pathname);
  });
  return asked;
}
afterEach(() => server.events.removeAllListeners());

describe("the buyers in the list of orders", () => {
  it("have names, which are requested together and once", async () => {
    const asked = namesOf();
    const listed: string[] = [];
    server.use(ordersOf(3, 2, 3, 1, 2));
    server.events.on("request:start", ({ request }) => {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/orders/") listed.push(search);
    });
    const user = open("/app/orders", { asAdmin: true });
    expect(await screen.findAllByRole("cell", { name: "Bob" })).toHaveLength(2);
    expect(screen.getAllByRole("cell", { name: long })).toHaveLength(2);
    expect(screen.getAllByTitle(long)[0]?.parentElement).toHaveClass("line-clamp-1");
    expect(screen.getByRole("cell", { name: "You" })).toBeVisible();

    await user.click(screen.getByRole("link", { name: /^Shipped/ }));
    await waitFor(() => expect(listed).toHaveLength(2));
    await user.click(screen.getAllByRole("link", { name: "Bob" })[0] ?? document.body);
    expect(currentAddress()).toBe("/app/orders?user_id=2");
    await waitFor(() => expect(listed).toHaveLength(3));
    expect(asked).toEqual(["2,3"]);
  });

  it("are numbers until the names arrive, and for deleted users", async () => {
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    server.use(
      ordersOf(2, 9),
      http.get("/users/", async () => {
        await held;
        return HttpResponse.json([bob]);
      }),
    );
    open("/app/orders", { asAdmin: true });
    expect(await screen.findByRole("cell", { name: "User 2" })).toBeVisible();
    answer();
    expect(await screen.findByRole("cell", { name: "Bob" })).toBeVisible();
    expect(screen.getByRole("cell", { name: "User 9" })).toBeVisible();
  });

  it("stay numbers when the users service is unavailable", async () => {
    server.use(ordersOf(2), http.get("/users/", () => problem(503, "Away.")));
    const asked = recordUsers();
    open("/app/orders", { asAdmin: true });
    await waitFor(() => expect(asked).toContain("/users/"));
    expect(await screen.findByRole("cell", { name: "User 2" })).toBeVisible();
    expect(screen.queryByText("Away.")).not.toBeInTheDocument();
  });

  it("are requested up to a hundred", async () => {
    const asked = namesOf();
    server.use(ordersOf(...Array.from({ length: 120 }, (_, index) => 120 - index)));
    open("/app/orders", { asAdmin: true });
    expect(await screen.findByText("Bob")).toBeVisible(); // a search by role takes seconds among so many
    expect(asked.map((ids) => ids.split(",").length)).toEqual([100]);
  });

  it("are named in the filter, even if they have bought nothing", async () => {
    namesOf();
    server.use(ordersOf());
    open("/app/orders?user_id=2", { asAdmin: true });
    expect(await screen.findByLabelText("Buyer’s id")).toHaveValue(2);
    expect(await screen.findByText("Bob")).toBeVisible();
  });
});

describe("the names of others", () => {
  it.each([
    ["/app/orders?user_id=3", "ORD-0"],
    ["/app/orders/ORD-001", "Timeline"],
    ["/app", "Newest orders"],
  ])("are not requested by ordinary users: %s", async (path, shown) => {
    const asked = recordUsers();
    server.use(
      ordersOf(2),
      http.get("/orders/:id/timeline", () => HttpResponse.json([created, { ...created, id: 2, user_id: 1 }])),
    );
    open(path);
    expect((await screen.findAllByText(shown))[0]).toBeVisible();
    if (shown === "Timeline") expect(await screen.findByText(/by somebody else/)).toBeVisible();
    expect(new Set(asked)).toEqual(new Set(["/users/me"]));
  });

  it("appear in the timeline of an order", async () => {
    const asked = namesOf();
    server.use(
      http.get("/orders/:id/timeline", () =>
        HttpResponse.json([
          created,
          { ...created, id: 2, event_type: "updated", old_value: "2", new_value: "3", user_id: 1 },
          { ...created, id: 3, event_type: "updated", old_value: "3", new_value: "9", user_id: 7 },
        ]),
      ),
    );
    open("/app/orders/ORD-001", { asAdmin: true });
    const events = within(await screen.findByRole("list", { name: "Timeline" })).getAllByRole("listitem");
    await waitFor(() => expect(events[0]).toHaveTextContent(/Order placed.*by Bob/));
    expect(events[1]).toHaveTextContent(`Buyer: \u2068Bob\u2069 → \u2068${long}\u2069`);
    expect(events[1]).toHaveTextContent(/by you$/);
    expect(events[2]).toHaveTextContent(/→ \u2068User 9\u2069.*by user 7$/);
    expect(asked).toEqual(["2,3,7,9"]);
  });

  it("appear in the ledger of an item", async () => {
    const asked = namesOf();
    server.use(
      http.get("/inventory/:id/movements", () =>
        HttpResponse.json([{ ...taken, id: 4, user_id: 3 }, { ...taken, id: 3, user_id: 9 }, { ...taken, user_id: 2 }, first]),
      ),
    );
    open("/app/inventory/1", { asAdmin: true });
    expect(await screen.findByRole("cell", { name: "Bob" })).toBeVisible();
    for (const name of [long, "User 9", "You"]) expect(screen.getByRole("cell", { name })).toBeVisible();
    expect(asked).toEqual(["2,3,9"]);
  });

  it("appear among the newest orders of the dashboard", async () => {
    const asked = namesOf();
    const newest = summary.recent_orders.flatMap((one) => [one, { ...one, id: "ORD-002", user_id: 9 }, { ...one, id: "ORD-003", user_id: 1 }]);
    server.use(http.get("/orders/analytics", () => HttpResponse.json({ ...summary, recent_orders: newest })));
    open("/app", { asAdmin: true });
    const list = within(await screen.findByRole("list", { name: "Newest orders" }));
    expect(await list.findByText("Bob")).toBeVisible();
    expect(list.getByText("User 9")).toBeVisible();
    expect(list.getByText("You")).toBeVisible();
    expect(asked).toEqual(["2,9"]);
  });
});
