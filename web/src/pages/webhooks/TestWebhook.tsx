import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Alert, ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { LastAnswer } from "../../components/Deliveries";
import { Dialog, DialogActions } from "../../components/Dialog";
import { CheckIcon } from "../../components/icons";
import { Skeleton } from "../../components/Skeleton";
import { useTestWebhook } from "../../services/webhooks";
import type { Endpoint } from "../../types/orders";

export interface WebhookTest {
  /** Sends a message to an endpoint, and shows how that went. */
  start: (endpoint: Endpoint) => void;
  again: () => void;
  close: () => void;
  endpoint: Endpoint | undefined;
  sending: ReturnType<typeof useTestWebhook>;
}

export function useWebhookTest(): WebhookTest {
  const sending = useTestWebhook();
  const [endpoint, setEndpoint] = useState<Endpoint>();
  return {
    start: (about) => {
      setEndpoint(about);
      sending.mutate(about.id);
    },
    again: () => {
      if (endpoint) sending.mutate(endpoint.id);
    },
    close: () => setEndpoint(undefined),
    endpoint,
    sending,
  };
}

/** How the test went that was started. */
export function TestWebhook({ test }: { test: WebhookTest }) {
  const { t } = useTranslation();
  const { endpoint, sending } = test;
  if (!endpoint) return null;
  const result = sending.data;
  return (
    <Dialog title={t("webhooks.testTitle")} text={<span className="break-all">{endpoint.url}</span>} onClose={test.close}>
      {sending.isPending && (
        <div role="status">
          <p className="mb-2 text-sm text-muted">{t("webhooks.testing")}</p>
          <Skeleton className="w-2/3" />
        </div>
      )}
      {sending.isError && <ErrorAlert error={sending.error} />}
      {result?.delivered && (
        <div role="status" className="flex gap-2.5 rounded-lg bg-green-soft px-3.5 py-2.5 text-sm text-green-text">
          <CheckIcon className="mt-0.5" />
          <p>
            <span className="block font-medium">{t("webhooks.testArrived")}</span>
            <LastAnswer code={result.code} ms={result.ms} />
            {!endpoint.enabled && <span className="mt-1 block">{t("webhooks.testEnabled")}</span>}
          </p>
        </div>
      )}
      {result && !result.delivered && (
        <Alert kind="error">
          <p>
            <span className="block font-medium">{t("webhooks.testFailed")}</span>
            <span className="block break-words">{result.error}</span>
            <LastAnswer code={result.code} ms={result.ms} />
          </p>
        </Alert>
      )}
      <DialogActions>
        <Button busy={sending.isPending} onClick={test.again}>
          {t("webhooks.testAgain")}
        </Button>
        <Button look="primary" onClick={test.close}>
          {t("common.close")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
