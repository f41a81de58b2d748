import { useTranslation } from "react-i18next";
import { Alert, ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { CheckIcon } from "../../components/icons";
import { Said } from "../../components/Said";
import { Skeleton } from "../../components/Skeleton";
import type { Endpoint } from "../../types/orders";
import { LastAnswer } from "./Deliveries";
import type { WebhookTest } from "./webhookTest";

/** The outcome of a test. */
export function TestWebhook({ test, endpoint }: { test: WebhookTest; endpoint: Endpoint }) {
  const { t } = useTranslation("webhooks");
  const { sending } = test;
  const result = sending.data;
  return (
    <Dialog title={t("testTitle")} text={<span className="break-all">{endpoint.url}</span>} onClose={test.close}>
      {sending.isPending && (
        <div role="status">
          <p className="mb-2 text-sm text-muted">{t("testing")}</p>
          <Skeleton className="w-2/3" />
        </div>
      )}
      {sending.isError && <ErrorAlert error={sending.error} />}
      {result?.delivered && (
        <div role="status" className="flex gap-2.5 rounded-lg bg-green-soft px-3.5 py-2.5 text-sm text-green-text">
          <CheckIcon className="mt-0.5" />
          <p>
            <span className="block font-medium">{t("testArrived")}</span>
            <LastAnswer code={result.code} ms={result.ms} />
            {!endpoint.enabled && <span className="mt-1 block">{t("testEnabled")}</span>}
          </p>
        </div>
      )}
      {result && !result.delivered && (
        <Alert kind="error">
          <p>
            <span className="block font-medium">{t("testFailed")}</span>
            <span className="block break-words">{result.error !== null && <Said text={result.error} />}</span>
            <LastAnswer code={result.code} ms={result.ms} />
          </p>
        </Alert>
      )}
      <DialogActions>
        <Button busy={sending.isPending} onClick={test.again}>
          {t("testAgain")}
        </Button>
        <Button look="primary" onClick={test.close}>
          {t("common.close")}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
