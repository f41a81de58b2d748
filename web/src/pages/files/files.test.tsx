import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { delay, http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { open } from "../../../test/open";
import { problem, server } from "../../../test/server";

const csv = (name = "items.csv") => new File(["sku,qty\nTEA-1,5\n"], name, { type: "text/csv" });
const errors: string[] = [];
const report = { created_count: 2, updated_count: 1040, skipped_count: 0, errors };

/** Answers imports, and records each as "dry" or "real". */
function takeImports(path: string, answer: object = report) {
  const asked: string[] = [];
  server.use(
    http.post(path, async ({ request }) => {
      expect(request.headers.get("Authorization")).toBe("Bearer a.b.c");
      expect(request.headers.get("Content-Type")).toMatch(/^multipart\/form-data; boundary=/);
      expect(await request.text()).toContain('name="file"'); // jsdom does not send the content of the file
      asked.push(new URL(request.url).searchParams.get("dry_run") === "true" ? "dry" : "real");
      return HttpResponse.json(answer);
    }),
  );
  return asked;
}

async function openImport(user: UserEvent) {
  await user.click(await screen.findByRole("button", { name: "Import" }));
  return within(await screen.findByRole("dialog"));
}

const choose = (user: UserEvent, file: File) => user.upload(screen.getByLabelText("Choose a file", { selector: "input" }), file);

describe("an import", () => {
  it("shows what it would do, and then does it", async () => {
    const asked = takeImports("/inventory/import/csv");
    let lists = 0;
    server.events.on("request:start", ({ request }) => {
      if (request.method === "GET" && new URL(request.url).pathname === "/inventory/") lists++;
    });
    const user = open("/app/inventory", { asAdmin: true });
    const dialog = await openImport(user);
    await choose(user, csv());
    expect(await dialog.findByText(/Nothing has been changed yet/)).toBeVisible();
    expect(dialog.getByText("New").closest("div")).toHaveTextContent("2");
    expect(dialog.getByText("Existing").closest("div")).toHaveTextContent("1,040");
    expect(asked).toEqual(["dry"]);
    const before = lists;
    await user.click(dialog.getByRole("button", { name: "Import 1,042 rows" }));
    expect(await dialog.findByText("The file has been imported.")).toBeVisible();
    expect(asked).toEqual(["dry", "real"]);
    await waitFor(() => expect(lists).toBeGreaterThan(before));
    await user.click(dialog.getAllByRole("button", { name: "Close" }).at(-1) ?? document.body);
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    server.events.removeAllListeners();
  });

  it("reports skipped rows, and items that orders need", async () => {
    takeImports("/orders/import/csv", {
      created_count: 0,
      updated_count: 0,
      skipped_count: 12,
      inventory_created_count: 3,
      errors: ["Row 2: total: must be the sum of the lines"],
    });
    const user = open("/app/orders", { asAdmin: true });
    const dialog = await openImport(user);
    await choose(user, csv());
    expect(await dialog.findByText("12 rows are skipped. The first 1:")).toBeVisible();
    expect(dialog.getByText("Row 2: total: must be the sum of the lines")).toBeVisible();
    expect(dialog.getByText("New items, without stock").closest("div")).toHaveTextContent("3");
    expect(dialog.getByRole("button", { name: "No rows to import" })).toBeDisabled();
  });

  it("accepts a dropped file, but only one that can be imported", async () => {
    takeImports("/users/import/csv");
    const user = open("/app/users", { asAdmin: true });
    const dialog = await openImport(user);
    const drop = (...files: File[]) => fireEvent.drop(dialog.getByText("Drop a CSV file here, or"), { dataTransfer: { files } });
    drop(csv("people.xlsx"));
    expect(await dialog.findByText(/people.xlsx is not a CSV file/)).toBeVisible();
    drop(csv(), csv());
    expect(await dialog.findByText("One file at a time, please.")).toBeVisible();
    const large = csv();
    Object.defineProperty(large, "size", { value: 2 ** 30 + 1 });
    drop(large);
    expect(await dialog.findByText(/larger than 1 GiB/)).toBeVisible();
    drop(csv());
    expect(await dialog.findByText(/Nothing has been changed yet/)).toBeVisible();
  });

  it.each([
    [400, "Row 7 has 3 fields, the header has 2."],
    [413, "The body is too large: at most 1 GiB for an imported file."],
    [415, "Send the file as multipart/form-data, in the field file."],
    [422, "The name of the file must end in .csv."],
  ])("that is refused with %i shows why, and asks for another file", async (status, why) => {
    server.use(http.post("/inventory/import/csv", () => problem(status, why)));
    const user = open("/app/inventory", { asAdmin: true });
    const dialog = await openImport(user);
    await choose(user, csv());
    expect(await dialog.findByRole("alert")).toHaveTextContent(why);
    expect(dialog.queryByRole("button", { name: /Try again/ })).not.toBeInTheDocument();
    await user.click(dialog.getByRole("button", { name: "Choose another file" }));
    expect(dialog.getByText("Drop a CSV file here, or")).toBeVisible();
  });

  it("waits as long as the server asks, and tries again", async () => {
    const wait = { "Retry-After": "1", "Content-Type": "application/problem+json" };
    server.use(
      http.post("/inventory/import/csv", () => HttpResponse.json({ detail: "Another import runs." }, { status: 429, headers: wait }), { once: true }),
    );
    const user = open("/app/inventory", { asAdmin: true });
    const dialog = await openImport(user);
    await choose(user, csv());
    expect(await dialog.findByText("Another import runs.")).toBeVisible();
    expect(dialog.getByRole("button", { name: "Try again in 1 second" })).toHaveAttribute("aria-disabled", "true");
    takeImports("/inventory/import/csv");
    await user.click(await dialog.findByRole("button", { name: "Try again" }));
    expect(await dialog.findByText(/Nothing has been changed yet/)).toBeVisible();
  });

  it("can be stopped", async () => {
    server.use(http.post("/inventory/import/csv", () => delay("infinite")));
    const user = open("/app/inventory", { asAdmin: true });
    const dialog = await openImport(user);
    await choose(user, csv());
    expect(await dialog.findByRole("progressbar")).toBeInTheDocument();
    await user.click(dialog.getByRole("button", { name: "Cancel" }));
    expect(await dialog.findByText("Stopped. Nothing has been changed.")).toBeVisible();
  });

  it("continues with a new token when one expires", async () => {
    const tokens: (string | null)[] = [];
    server.use(
      http.post("/users/refresh", () => HttpResponse.json({ access_token: "d.e.f", token_type: "bearer", expires_in: 1800, refresh_token: "r2" })),
      http.post("/inventory/import/csv", ({ request }) => {
        tokens.push(request.headers.get("Authorization"));
        return tokens.length === 1 ? problem(401, "The token has expired.") : HttpResponse.json(report);
      }),
    );
    const user = open("/app/inventory", { asAdmin: true });
    const dialog = await openImport(user);
    await choose(user, csv());
    expect(await dialog.findByText(/Nothing has been changed yet/)).toBeVisible();
    expect(tokens).toEqual(["Bearer a.b.c", "Bearer d.e.f"]);
  });

  it("is offered to administrators only", async () => {
    open("/app/inventory");
    expect(await screen.findByRole("button", { name: "Export" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "Import" })).not.toBeInTheDocument();
  });
});

describe("an export", () => {
  const saved: { name: string; blob: Blob }[] = [];
  beforeEach(() => {
    saved.length = 0;
    let latest = new Blob();
    URL.createObjectURL = (blob: Blob) => {
      latest = blob;
      return "blob:export";
    };
    URL.revokeObjectURL = () => undefined;
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      saved.push({ name: this.download, blob: latest });
    });
  });

  it("is saved under the name from the server", async () => {
    server.use(
      http.get("/orders/export/csv", ({ request }) => {
        expect(request.headers.get("Authorization")).toBe("Bearer a.b.c");
        return new HttpResponse("id,total\nORD-001,20.00\n", {
          headers: { "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": "attachment; filename=orders-mine.csv" },
        });
      }),
    );
    const user = open("/app/orders");
    await user.click(await screen.findByRole("button", { name: "Export" }));
    expect(await screen.findByText("orders-mine.csv has been saved (23 bytes).")).toBeVisible();
    expect(saved.map(({ name, blob }) => [name, blob.size])).toEqual([["orders-mine.csv", 23]]);
  });

  it("shows its progress, continues on other pages, and can be stopped", async () => {
    server.use(
      http.get("/inventory/export/csv", () => {
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(new Uint8Array(1500)),
        });
        return new HttpResponse(body, { headers: { "Content-Type": "text/csv" } });
      }),
    );
    const user = open("/app/inventory");
    await user.click(await screen.findByRole("button", { name: "Export" }));
    const panel = within(await screen.findByRole("region", { name: "Exporting items" }));
    expect(await panel.findByText("1.5 kB so far")).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Orders" }));
    expect(await screen.findByRole("heading", { name: "Orders" })).toBeVisible();
    await user.click(panel.getByRole("button", { name: "Cancel" }));
    expect(screen.queryByRole("region", { name: "Exporting items" })).not.toBeInTheDocument();
    expect(saved).toEqual([]);
  });

  it("that is cut off saves nothing and offers to try again", async () => {
    server.use(
      http.get("/inventory/export/csv", () => {
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(new Uint8Array(10)),
          pull: (controller) => controller.error(new Error("cut")),
        });
        return new HttpResponse(body);
      }),
    );
    const user = open("/app/inventory");
    await user.click(await screen.findByRole("button", { name: "Export" }));
    const panel = within(await screen.findByRole("region", { name: "Exporting items" }));
    expect(await panel.findByRole("alert")).toHaveTextContent("The server cannot be reached.");
    expect(saved).toEqual([]);
    server.use(http.get("/inventory/export/csv", () => new HttpResponse("sku\n")));
    await user.click(panel.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("inventory.csv has been saved (4 bytes).")).toBeVisible();
  });

  it("is refused while another runs", async () => {
    server.use(http.get("/users/export/csv", () => problem(429, "An export of yours runs already.")));
    const user = open("/app/users", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Export" }));
    const panel = within(await screen.findByRole("region", { name: "Exporting users" }));
    expect(await panel.findByText("An export of yours runs already.")).toBeVisible();
    await user.click(panel.getByRole("button", { name: "Close" }));
    expect(screen.queryByRole("region", { name: "Exporting users" })).not.toBeInTheDocument();
  });
});
