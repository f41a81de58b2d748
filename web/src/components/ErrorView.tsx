import { useTranslation } from "react-i18next";
import { asApiError } from "../services/problem";
import { RetryButton } from "./Alert";
import { Button, ButtonLink } from "./Button";
import { EmptyState } from "./EmptyState";
import { WarningIcon } from "./icons";

/** Replaces a view whose data could not be loaded. */
export function ErrorView({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  const problem = asApiError(error);
  const nothing = problem.status === 403 || problem.status === 404;
  const title = () => {
    if (problem.status === 403) return t("errors.forbidden");
    if (problem.status === 404) return t("errors.notFound");
    return problem.isTemporary ? t("errors.temporary") : t("errors.failed");
  };
  return (
    <div role="alert">
      <EmptyState icon={<WarningIcon className="size-6" />} title={title()} text={problem.message}>
        {nothing && <ButtonLink to="/app/orders">{t("errors.goOrders")}</ButtonLink>}
        {!nothing && problem.isTemporary && <RetryButton error={error} onRetry={onRetry} />}
        {!nothing && !problem.isTemporary && <Button onClick={onRetry}>{t("common.tryAgain")}</Button>}
      </EmptyState>
    </div>
  );
}
