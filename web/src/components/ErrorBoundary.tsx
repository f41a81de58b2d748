import i18n from "i18next";
import { Component, type ReactNode } from "react";
import { Button } from "./Button";
import { EmptyState } from "./EmptyState";
import { WarningIcon } from "./icons";

// How browsers word it when a part of the application cannot be loaded.
const notLoaded = /dynamically imported module|importing a module script/i;

/** Replaces a page, or the whole application, that crashed. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: false | "code" | "connection" }> {
  override state: { broken: false | "code" | "connection" } = { broken: false };

  static getDerivedStateFromError(error: unknown) {
    return { broken: error instanceof Error && notLoaded.test(error.message) ? "connection" : "code" };
  }

  override render() {
    const { broken } = this.state;
    if (!broken) return this.props.children;
    return (
      <div role="alert" className="pt-16">
          <EmptyState
            icon={<WarningIcon className="size-6" />}
            title={i18n.t(broken === "code" ? "errors.broken" : "errors.temporary")}
            text={i18n.t(broken === "code" ? "errors.brokenText" : "errors.unreachable")}
          >
            <Button onClick={() => window.location.reload()}>{i18n.t("errors.reload")}</Button>
          </EmptyState>
      </div>
    );
  }
}
