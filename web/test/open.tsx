import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { BrowserRouter } from "react-router";
import { App } from "../src/App";
import { newQueryClient } from "../src/services/queries";
import { sessionStore } from "../src/services/session";
import { admin, server, token } from "./server";
import { http, HttpResponse } from "msw";

/** The address of the page on show. */
export const currentAddress = () => window.location.pathname + window.location.search;

/** Opens the application at a path, and returns a user to operate it. */
export function open(path: string, { signedIn = true, asAdmin = false } = {}) {
  window.history.replaceState(null, "", path);
  if (asAdmin) server.use(http.get("/users/me", () => HttpResponse.json(admin)));
  if (signedIn) sessionStore.begin(token);
  render(
    <BrowserRouter>
      <App queries={newQueryClient(0)} />
    </BrowserRouter>,
  );
  return userEvent.setup();
}
