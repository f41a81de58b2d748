import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { currentAddress, open } from "../../../test/open";
import { bob, order, problem, server, token } from "../../../test/server";

describe("signing in", () => {
  it("returns to the page that was asked for, with the token", async () => {
    let sent: unknown, authorization: string | null;
    server.use(
      http.post("/users/login", async ({ request }) => {
        sent = await request.json();
        return HttpResponse.json(token);
      }),
      http.get("/users/me", ({ request }) => {
        authorization = request.headers.get("Authorization");
        return HttpResponse.json(bob);
      }),
    );
    const user = open("/app/orders/ORD-001", { signedIn: false });
    expect(await screen.findByText("Please sign in to continue.")).toBeVisible();

    await user.type(await screen.findByLabelText("E-mail"), " bob@example.com ");
    await user.type(screen.getByLabelText("Password"), "password123{Enter}");

    expect(await screen.findByRole("heading", { name: "Order ORD-001" })).toBeVisible();
    expect(currentAddress()).toBe("/app/orders/ORD-001");
    expect(sent).toEqual({ email: "bob@example.com", password: "password123" });
    await waitFor(() => expect(authorization).toBe("Bearer a.b.c"));
  });

  it("never goes to another site", async () => {
    const user = open("/app/sign-in?next=//evil.example/app/", { signedIn: false });
    await user.type(await screen.findByLabelText("E-mail"), "bob@example.com");
    await user.type(screen.getByLabelText("Password"), "password123{Enter}");
    await screen.findByRole("heading", { name: "Dashboard" });
    expect(currentAddress()).toBe("/app");
  });

  it("asks for what is missing, and moves the focus there", async () => {
    const user = open("/app/sign-in", { signedIn: false });
    await user.click(await screen.findByRole("button", { name: "Sign in" }));
    expect(await screen.findByText("Enter your e-mail address.")).toBeVisible();
    expect(screen.getByLabelText("E-mail")).toHaveFocus();
    expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription("Enter your e-mail address.");
  });

  it("reports a wrong password, and stays", async () => {
    server.use(http.post("/users/login", () => problem(401, "The e-mail address or the password is wrong.")));
    const user = open("/app/sign-in", { signedIn: false });
    await user.type(await screen.findByLabelText("E-mail"), "bob@example.com");
    await user.type(screen.getByLabelText("Password"), "wrong{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent("The e-mail address or the password is wrong.");
    expect(screen.queryByRole("button", { name: "Try again" })).not.toBeInTheDocument();
  });

  it("offers to try again when the service is unavailable", async () => {
    server.use(http.post("/users/login", () => problem(503, "Users does not answer."), { once: true }));
    const user = open("/app/sign-in", { signedIn: false });
    await user.type(await screen.findByLabelText("E-mail"), "bob@example.com");
    await user.type(screen.getByLabelText("Password"), "password123{Enter}");
    await user.click(await screen.findByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("heading", { name: "Dashboard" })).toBeVisible();
  });

  it("says when the server cannot be reached, or is not the right one", async () => {
    server.use(
      http.post("/users/login", () => HttpResponse.error(), { once: true }),
      http.post("/users/login", () => new HttpResponse("<html>", { status: 502 }), { once: true }),
    );
    const user = open("/app/sign-in", { signedIn: false });
    await user.type(await screen.findByLabelText("E-mail"), "bob@example.com");
    await user.type(screen.getByLabelText("Password"), "password123{Enter}");
    expect(await screen.findByText(/The server cannot be reached/)).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("The service is not responding right now.")).toBeVisible();
  });

  it("is required again when the session ends", async () => {
    server.use(
      http.get("/orders/", () => problem(401, "The token has expired.")),
      http.post("/users/refresh", () => problem(401, "The session has ended.")),
    );
    open("/app/orders");
    expect(await screen.findByText("Your session has ended. Please sign in again.")).toBeVisible();
  });

  it("can be undone", async () => {
    let loggedOut = false;
    server.use(
      http.post("/users/logout", () => {
        loggedOut = true;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const user = open("/app/orders");
    await user.click(await screen.findByRole("button", { name: "Account of Bob" }));
    await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
    expect(await screen.findByRole("heading", { name: "Sign in" })).toBeVisible();
    expect(screen.queryByText(/session has ended/)).not.toBeInTheDocument();
    expect(currentAddress()).toBe("/app/sign-in"); // the next user starts from the beginning
    expect(localStorage.getItem("microdemo.refresh")).toBeNull();
    await waitFor(() => expect(loggedOut).toBe(true));
  });

  it("is renewed silently when the access token has expired", async () => {
    const sent: unknown[] = [];
    server.use(
      http.get("/orders/", ({ request }) =>
        request.headers.get("Authorization") === "Bearer d.e.f"
          ? HttpResponse.json([order], { headers: { "X-Total-Count": "1" } })
          : problem(401, "The token has expired."),
      ),
      http.post("/users/refresh", async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({ ...token, access_token: "d.e.f", refresh_token: "r2" });
      }),
    );
    open("/app/orders");
    expect(await screen.findByRole("row", { name: /ORD-001/ })).toBeVisible();
    expect(sent).toEqual([{ refresh_token: "r1" }]);
    expect(localStorage.getItem("microdemo.refresh")).toBe("r2");
  });
});

describe("registering", () => {
  it("creates an account and signs in", async () => {
    let sent: unknown;
    server.use(
      http.post("/users/register", async ({ request }) => {
        sent = await request.json();
        return HttpResponse.json(token, { status: 201 });
      }),
    );
    const user = open("/app/sign-in?next=/app/new-order", { signedIn: false });
    await user.click(await screen.findByRole("link", { name: "Create an account" }));
    await user.type(await screen.findByLabelText("Name"), "Bob");
    await user.type(await screen.findByLabelText("E-mail"), "bob@example.com");
    await user.type(screen.getByLabelText("Password"), "password123");
    await user.click(screen.getByRole("button", { name: "Create account" }));
    expect(await screen.findByRole("heading", { name: "Place an order" })).toBeVisible();
    expect(sent).toEqual({ name: "Bob", email: "bob@example.com", password: "password123" });
  });

  it("shows what the server refuses at its field, and a conflict above", async () => {
    server.use(
      http.post(
        "/users/register",
        () => problem(422, "The request is invalid.", [{ location: "body.email", message: "expected an e-mail address" }]),
        { once: true },
      ),
      http.post("/users/register", () => problem(409, "The e-mail address is taken.")),
    );
    const user = open("/app/register", { signedIn: false });
    await user.type(await screen.findByLabelText("Name"), "Bob");
    await user.type(await screen.findByLabelText("E-mail"), "bob@example.com");
    await user.type(screen.getByLabelText("Password"), "short{Enter}");
    expect(await screen.findByText("At least 8 characters.")).toBeVisible();

    await user.type(screen.getByLabelText("Password"), "er password{Enter}");
    await waitFor(() => expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription("Expected an e-mail address"));
    expect(screen.getByLabelText("E-mail")).toHaveFocus();

    await user.click(screen.getByRole("button", { name: "Create account" }));
    expect(await screen.findByText("The e-mail address is taken.")).toBeVisible();
  });
});
