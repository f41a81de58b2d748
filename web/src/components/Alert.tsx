import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError } from "../services/problem";
import { Button } from "./Button";
import { WarningIcon } from "./icons";

/** A message in the page. Screen readers announce an error at once. */
export function Alert({ kind, children }: { kind: "info" | "error"; children: ReactNode }) {
  if (kind === "info") {
    return (
      <div role="status" className="rounded-lg bg-info-soft px-3.5 py-2.5 text-sm">
        {children}
      </div>
    );
  }
  return (
    <div role="alert" className="flex gap-2.5 rounded-lg bg-danger-soft px-3.5 py-2.5 text-sm text-danger">
      <WarningIcon className="mt-0.5" />
      <div className="min-w-0 space-y-2">{children}</div>
    </div>
  );
}

interface ErrorAlertProps {
  error: unknown;
  /** Repeats the action; offered when that may help. */
  onRetry?: () => void;
}

export function ErrorAlert({ error, onRetry }: ErrorAlertProps) {
  useTranslation(); // renders again when the language changes
  const problem = asApiError(error);
  return (
    <Alert kind="error">
      <p className="break-words">{problem.message}</p>
      {onRetry && problem.isTemporary && <RetryButton error={error} onRetry={onRetry} />}
    </Alert>
  );
}

/** Offers to try again, after the time that the server asked to wait. */
export function RetryButton({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState(error);
  const [wait, setWait] = useState(asApiError(error).retryAfter ?? 0);
  if (failed !== error) {
    setFailed(error);
    setWait(asApiError(error).retryAfter ?? 0);
  }
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);
  return (
    <Button busy={wait > 0} onClick={onRetry}>
      {wait > 0 ? t("common.tryAgainIn", { count: wait }) : t("common.tryAgain")}
    </Button>
  );
}
