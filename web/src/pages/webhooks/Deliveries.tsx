import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Badge, type Colour } from "../../components/Badge";
import { Button } from "../../components/Button";
import { useToast } from "../../context/toasts";
import { formatCount } from "../../services/format";
import { asApiError } from "../../services/problem";
import { useRedeliver } from "../../services/webhooks";
import type { Delivery } from "../../types/orders";

export const DeliveryDialog = lazy(async () => ({ default: (await import("./DeliveryDialog")).DeliveryDialog }));

const colours: Record<Delivery["status"], Colour> = { pending: "amber", waiting: "gray", delivered: "green", parked: "red" };

export function DeliveryBadge({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation("webhooks");
  // A pending delivery with a reason waits for its webhook to be enabled.
  const status = delivery.status === "pending" && delivery.reason !== null ? "waiting" : delivery.status;
  const retrying = status === "pending" && delivery.attempts > 0;
  return <Badge colour={colours[status]}>{retrying ? t("retrying") : t(`status.${status}`)}</Badge>;
}

/** The outcome of an attempt, such as "500 · 12 ms". */
export function LastAnswer({ code, ms }: { code: number | null; ms: number | null }) {
  const { t } = useTranslation("webhooks");
  if (ms === null) return "–";
  const took = t("ms", { count: ms, replace: { count: formatCount(ms) } });
  return `${code ?? t("noAnswer")} · ${took}`;
}

/** Sends a parked or delivered message again. */
export function Redeliver({ delivery, name }: { delivery: Delivery; name?: string }) {
  const { t } = useTranslation("webhooks");
  const toast = useToast();
  const redeliver = useRedeliver();
  if (delivery.status !== "parked" && delivery.status !== "delivered") return null;
  return (
    <Button
      size="small"
      aria-label={name}
      busy={redeliver.isPending}
      onClick={() =>
        redeliver.mutate(delivery.id, {
          onSuccess: () => toast(t("redelivered", { id: delivery.id })),
          onError: (error) => toast(asApiError(error).message, "error"),
        })
      }
    >
      {t("redeliver")}
    </Button>
  );
}
