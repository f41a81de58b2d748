import i18n from "i18next";
import { Component, type ReactNode } from "react";
import { Button } from "./Button";
import { EmptyState } from "./EmptyState";
import { WarningIcon } from "./icons";

/** In place of a page, or of the whole application, when it breaks. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <div role="alert" className="pt-16">
          <EmptyState
            icon={<WarningIcon className="size-6" />}
            title={i18n.t("errors.broken")}
            text={i18n.t("errors.brokenText")}
          >
            <Button onClick={() => window.location.reload()}>{i18n.t("errors.reload")}</Button>
          </EmptyState>
      </div>
    );
  }
}
