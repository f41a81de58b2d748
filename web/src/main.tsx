import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { App } from "./App";
import "./index.css";
import { preferencesStore } from "./services/preferences";
import { newQueryClient } from "./services/queries";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

await preferencesStore.start();
createRoot(root).render(
  <StrictMode>
    <BrowserRouter>
      <App queries={newQueryClient()} />
    </BrowserRouter>
  </StrictMode>,
);
