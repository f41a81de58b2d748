import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { BrowserRouter } from "react-router";
import { App } from "../App";
import { newQueryClient } from "../services/queries";
import { sessionStore } from "../services/token";
import { token } from "./server";

/** Where the application is now. */
export const currentAddress = () => window.location.pathname + window.location.search;

/** Opens the application at a path, and gives somebody to use it. */
export function open(path: string, { signedIn = true } = {}) {
  window.history.replaceState(null, "", path);
  if (signedIn) sessionStore.begin(token.access_token);
  render(
    <BrowserRouter>
      <App queries={newQueryClient(0)} />
    </BrowserRouter>,
  );
  return userEvent.setup();
}
