import { useTranslation } from "react-i18next";
import { Badge } from "../../components/Badge";
import { Said } from "../../components/Said";
import { formatTime } from "../../services/format";
import type { Endpoint } from "../../types/orders";

export function EndpointBadge({ endpoint }: { endpoint: Endpoint }) {
  const { t } = useTranslation("webhooks");
  if (!endpoint.enabled) return <Badge colour="red">{t("disabled")}</Badge>;
  if (endpoint.failing_since !== null) return <Badge colour="amber">{t("failing")}</Badge>;
  return <Badge colour="green">{t("enabled")}</Badge>;
}

/** A function that says what is wrong with an endpoint, if anything. */
export function useTrouble() {
  const { t } = useTranslation("webhooks");
  return ({ enabled, disabled_reason, failing_since }: Endpoint) => {
    if (!enabled) return disabled_reason === null ? t("disabled") : <Said text={disabled_reason} />;
    return failing_since === null ? undefined : t("failingSince", { time: formatTime(failing_since) });
  };
}
