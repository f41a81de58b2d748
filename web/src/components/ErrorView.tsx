import { asApiError } from "../services/problem";
import { Button, ButtonLink } from "./Button";
import { EmptyState } from "./EmptyState";
import { WarningIcon } from "./icons";

const titles: Record<number, string> = {
  403: "Not yours to see",
  404: "Not found",
};

/** In place of a view whose data could not be read. */
export function ErrorView({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const problem = asApiError(error);
  const title = titles[problem.status] ?? (problem.isTemporary ? "No answer just now" : "That did not work");
  return (
    <div role="alert">
      <EmptyState icon={<WarningIcon className="size-6" />} title={title} text={problem.message}>
        {problem.status in titles ? (
          <ButtonLink to="/app/orders">Go to orders</ButtonLink>
        ) : (
          <Button onClick={onRetry}>Try again</Button>
        )}
      </EmptyState>
    </div>
  );
}
