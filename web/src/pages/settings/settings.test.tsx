import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { open } from "../../../test/open";
import { problem, server } from "../../../test/server";

describe("the settings", () => {
  it("change theme and language at once, and are saved here and on the server", async () => {
    const sent: unknown[] = [];
    server.use(
      http.put("/users/me/preferences", async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({});
      }),
    );
    const user = open("/app/settings");
    await user.click(await screen.findByRole("radio", { name: "Dark" }));
    expect(document.documentElement.dataset.theme).toBe("dark");
    await user.click(screen.getByRole("radio", { name: "Español" }));
    expect(await screen.findByRole("heading", { name: "Ajustes" })).toBeVisible();
    expect(document.documentElement.lang).toBe("es");
    expect(screen.getByRole("link", { name: "Pedidos" })).toBeVisible();
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toMatchObject({ preferences: { theme: "dark", language: "es" } });
    expect(JSON.parse(localStorage.getItem("microdemo.preferences") ?? "{}")).toMatchObject({ theme: "dark", language: "es" });
  });

  it("show a refused password at its field", async () => {
    server.use(
      http.put("/users/me/password", () =>
        problem(422, "The request is invalid.", [{ location: "body.current_password", message: "expected your current password" }]),
      ),
    );
    const user = open("/app/settings");
    await user.type(await screen.findByLabelText("Current password"), "wrong");
    await user.type(screen.getByLabelText("New password"), "password456{Enter}");
    await waitFor(() =>
      expect(screen.getByLabelText("Current password")).toHaveAccessibleDescription("Expected your current password"),
    );
  });

  it("say when the server could not save them", async () => {
    server.use(http.put("/users/me/preferences", () => problem(503, "Away.")));
    const user = open("/app/settings");
    await user.click(await screen.findByRole("radio", { name: "Light" }));
    expect(await screen.findByText(/could not be saved on the server/)).toBeVisible();
  });
});
