import { useTranslation } from "react-i18next";
import { Said } from "../../components/Said";
import { Badge } from "../../components/StatusBadge";
import { formatTime } from "../../services/format";
import type { Endpoint } from "../../types/orders";

export function EndpointBadge({ endpoint }: { endpoint: Endpoint }) {
  const { t } = useTranslation();
  if (!endpoint.enabled) return <Badge colour="red">{t("webhooks.disabled")}</Badge>;
  if (endpoint.failing_since !== null) return <Badge colour="amber">{t("webhooks.failing")}</Badge>;
  return <Badge colour="green">{t("webhooks.enabled")}</Badge>;
}

/** What is wrong with an endpoint, if anything is. */
export function useTrouble() {
  const { t } = useTranslation();
  return ({ enabled, disabled_reason, failing_since }: Endpoint) => {
    if (!enabled) return disabled_reason === null ? t("webhooks.disabled") : <Said text={disabled_reason} />;
    return failing_since === null ? undefined : t("webhooks.failingSince", { time: formatTime(failing_since) });
  };
}
