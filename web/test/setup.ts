import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { speak } from "../src/i18n";
import { preferencesStore } from "../src/services/preferences";
import { signOut } from "../src/services/session";
import { server } from "./server";

// Pages are loaded on demand, which takes a while on a busy machine.
configure({ asyncUtilTimeout: 15_000 });

// What jsdom lacks.
HTMLDialogElement.prototype.showModal = function () {
  this.open = true;
};
HTMLDialogElement.prototype.close = function () {
  this.open = false;
};
Element.prototype.scrollIntoView = () => undefined;
Element.prototype.hasPointerCapture = () => false;
vi.stubGlobal("scrollTo", () => undefined);
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {
      return undefined;
    }
    unobserve() {
      return undefined;
    }
    disconnect() {
      return undefined;
    }
  },
);
vi.stubGlobal("matchMedia", (query: string) => ({ matches: false, media: query, addEventListener: () => undefined, removeEventListener: () => undefined }));

beforeAll(async () => {
  server.listen({ onUnhandledRequest: "error" });
  await speak("en");
});
beforeEach(async () => {
  localStorage.clear();
  await preferencesStore.adopt({ theme: "system", language: "en", chart_palette: "auto", forecast: {}, hidden_columns: {} });
});
afterEach(() => {
  cleanup();
  signOut();
  server.resetHandlers();
});
afterAll(() => server.close());
