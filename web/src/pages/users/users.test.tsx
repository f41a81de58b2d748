import { fireEvent, screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { open } from "../../../test/open";
import { bob, problem, server } from "../../../test/server";

describe("the users", () => {
  it("are requested by administrators only", async () => {
    let asked = false;
    server.use(
      http.get("/users/", () => {
        asked = true;
        return problem(403, "Not yours.");
      }),
    );
    open("/app/users");
    expect(await screen.findByText("You do not have access")).toBeVisible();
    expect(screen.queryByRole("link", { name: "Users" })).not.toBeInTheDocument();
    expect(asked).toBe(false);
  });

  it("are created with a temporary password that is shown once", async () => {
    let sent: unknown;
    server.use(
      http.post("/users/", async ({ request }) => {
        sent = await request.json();
        return HttpResponse.json({ ...bob, id: 3, name: "Eve", email: "eve@example.com", temp_password: "s3cret-once" }, { status: 201 });
      }),
    );
    const user = open("/app/users", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "New user" }));
    const dialog = within(await screen.findByRole("dialog"));
    await user.type(await dialog.findByLabelText("Name"), "Eve");
    await user.type(dialog.getByLabelText("E-mail"), "eve@example.com");
    await user.click(dialog.getByRole("button", { name: "Create user" }));
    expect(await screen.findByText("s3cret-once")).toBeVisible();
    expect(sent).toEqual({ name: "Eve", email: "eve@example.com", role: "user" });
    await user.click(screen.getByRole("button", { name: "I have copied it" }));
    expect(screen.queryByText("s3cret-once")).not.toBeInTheDocument();
  });

  it("are created once, however often the button is clicked", async () => {
    const sent: unknown[] = [];
    server.use(
      http.post("/users/", async ({ request }) => {
        sent.push(await request.json());
        return sent.length > 1 ? problem(409, "Taken.") : HttpResponse.json({ ...bob, temp_password: "s3cret-once" }, { status: 201 });
      }),
    );
    const user = open("/app/users", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "New user" }));
    const dialog = within(await screen.findByRole("dialog"));
    await user.type(await dialog.findByLabelText("Name"), "Eve");
    await user.type(dialog.getByLabelText("E-mail"), "eve@example.com");
    // Faster than the button can show that it is busy.
    fireEvent.click(dialog.getByRole("button", { name: "Create user" }));
    fireEvent.click(dialog.getByRole("button", { name: "Create user" }));
    expect(await screen.findByText("s3cret-once")).toBeVisible();
    expect(sent).toHaveLength(1);
  });

  it("are deactivated after a confirmation, and a refusal is shown", async () => {
    server.use(http.put("/users/2", () => problem(409, "The last active administrator stays."), { once: true }));
    const user = open("/app/users", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Actions for Bob" }));
    await user.click(await screen.findByRole("menuitem", { name: "Deactivate" }));
    const dialog = within(await screen.findByRole("alertdialog"));
    await user.click(dialog.getByRole("button", { name: "Deactivate" }));
    expect(await dialog.findByText("The last active administrator stays.")).toBeVisible();
  });
});
