import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useToast } from "../context/toasts";
import { formatCount, formatTime } from "../services/format";
import { asApiError } from "../services/problem";
import { useRedeliver } from "../services/webhooks";
import type { Delivery } from "../types/orders";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";
import { Dialog } from "./Dialog";
import { Badge, type Colour } from "./StatusBadge";

const colours: Record<Delivery["status"], Colour> = { pending: "amber", waiting: "gray", delivered: "green", parked: "red" };

export function DeliveryBadge({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation();
  const failing = delivery.status === "pending" && delivery.attempts > 0;
  return <Badge colour={colours[delivery.status]}>{failing ? t("webhooks.retrying") : t(`webhooks.status.${delivery.status}`)}</Badge>;
}

/** How the last attempt went, such as "500 · 12 ms". */
export function LastAnswer({ code, ms }: { code: number | null; ms: number | null }) {
  const { t } = useTranslation();
  if (ms === null) return t("common.none");
  const took = t("webhooks.ms", { count: ms, replace: { count: formatCount(ms) } });
  return `${code ?? t("webhooks.noAnswer")} · ${took}`;
}

/** Sends one again that was given up, or that has arrived. */
export function Redeliver({ delivery, name }: { delivery: Delivery; name?: string }) {
  const { t } = useTranslation();
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
          onSuccess: () => toast(t("webhooks.redelivered", { id: delivery.id })),
          onError: (error) => toast(asApiError(error).message, "error"),
        })
      }
    >
      {t("webhooks.redeliver")}
    </Button>
  );
}

/** A delivery with each of its attempts. */
export function DeliveryDialog({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const { t } = useTranslation();
  const facts: [string, React.ReactNode][] = [
    [t("webhooks.state"), <DeliveryBadge key="state" delivery={delivery} />],
    [
      t("orders.order"),
      <Link key="order" to={`/app/orders/${delivery.order_id}`} className="font-mono text-[0.8125rem] break-all text-link hover:underline">
        {delivery.order_id}
      </Link>,
    ],
    [t("webhooks.queued"), formatTime(delivery.created_at)],
    ...(delivery.next_try === null ? [] : [[t("webhooks.nextTry"), formatTime(delivery.next_try)] satisfies [string, string]]),
    ...(delivery.delivered_at === null ? [] : [[t("webhooks.arrived"), formatTime(delivery.delivered_at)] satisfies [string, string]]),
  ];
  return (
    <Dialog
      wide
      title={delivery.type}
      text={
        <span className="flex items-center gap-1">
          <span className="font-mono text-[0.8125rem] break-all">{delivery.id}</span>
          <CopyButton text={delivery.id} label={t("webhooks.copyId")} />
        </span>
      }
      onClose={onClose}
    >
      <dl className="space-y-2.5 text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 text-right break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {delivery.reason && <p className="mt-4 rounded-lg bg-amber-soft px-3.5 py-2.5 text-sm break-words text-amber-text">{delivery.reason}</p>}
      <div className="mt-5 mb-2 flex min-h-8 items-center justify-between gap-3">
        <h3 className="text-sm font-semibold">
          {t("webhooks.attempts", { count: delivery.attempts, replace: { count: formatCount(delivery.attempts) } })}
        </h3>
        <Redeliver delivery={delivery} />
      </div>
      {delivery.log.length > 0 && (
        <ol className="divide-y divide-line rounded-lg border border-line text-sm">
          {delivery.log.map((attempt) => (
            <li key={attempt.number} className="px-3.5 py-2.5">
              <span className="flex flex-wrap justify-between gap-x-4">
                <span className="text-muted">
                  {t("webhooks.attempt", { number: attempt.number })} · {formatTime(attempt.at)}
                </span>
                <span className="tabular-nums">
                  <LastAnswer code={attempt.code} ms={attempt.ms} />
                </span>
              </span>
              {attempt.error && <span className="mt-0.5 block break-words text-danger">{attempt.error}</span>}
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
