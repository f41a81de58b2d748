import { Component, type ReactNode } from "react";
import { Button } from "./Button";
import { EmptyState } from "./EmptyState";
import { WarningIcon } from "./icons";

/** In place of the whole application when it breaks. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <main role="alert" className="pt-16">
        <h1 className="sr-only">Something broke</h1>
        <EmptyState
          icon={<WarningIcon className="size-6" />}
          title="Something broke on this page"
          text="Loading it again usually helps. You will be asked to sign in again."
        >
          <Button onClick={() => window.location.reload()}>Load again</Button>
        </EmptyState>
      </main>
    );
  }
}
