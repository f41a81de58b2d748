import type { ReactNode } from "react";
import { asApiError } from "../services/problem";
import { Button } from "./Button";
import { WarningIcon } from "./icons";

/** Something to know. What went wrong is said at once. */
export function Alert({ kind, children }: { kind: "info" | "error"; children: ReactNode }) {
  if (kind === "info") {
    return <div className="rounded-lg bg-info-soft px-3.5 py-2.5 text-sm">{children}</div>;
  }
  return (
    <div role="alert" className="flex gap-2.5 rounded-lg bg-danger-soft px-3.5 py-2.5 text-sm text-danger">
      <WarningIcon className="mt-0.5 shrink-0" />
      <div className="min-w-0 space-y-2">{children}</div>
    </div>
  );
}

interface ErrorAlertProps {
  error: unknown;
  /** Does again what failed; offered when that may help. */
  onRetry?: () => void;
}

export function ErrorAlert({ error, onRetry }: ErrorAlertProps) {
  const problem = asApiError(error);
  return (
    <Alert kind="error">
      <p className="break-words">{problem.message}</p>
      {onRetry && problem.isTemporary && <Button onClick={onRetry}>Try again</Button>}
    </Alert>
  );
}
