import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { CopyButton } from "../../components/CopyButton";
import { Dialog } from "../../components/Dialog";
import { Said } from "../../components/Said";
import { formatCount, formatTime } from "../../services/format";
import type { Delivery } from "../../types/orders";
import { DeliveryBadge, LastAnswer, Redeliver } from "./Deliveries";

/** A delivery with each of its attempts. */
export function DeliveryDialog({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const { t } = useTranslation("webhooks");
  const facts: [string, React.ReactNode][] = [
    [t("state"), <DeliveryBadge key="state" delivery={delivery} />],
    [
      t("order"),
      <Link key="order" to={`/app/orders/${delivery.order_id}`} className="font-mono text-[0.8125rem] break-all text-link hover:underline">
        {delivery.order_id}
      </Link>,
    ],
    [t("queued"), formatTime(delivery.created_at)],
    ...(delivery.next_try === null ? [] : [[t("nextTry"), formatTime(delivery.next_try)] satisfies [string, string]]),
    ...(delivery.delivered_at === null ? [] : [[t("arrived"), formatTime(delivery.delivered_at)] satisfies [string, string]]),
  ];
  return (
    <Dialog
      wide
      title={delivery.type}
      text={
        <span className="flex items-center gap-1">
          <span className="font-mono text-[0.8125rem] break-all">{delivery.id}</span>
          <CopyButton text={delivery.id} label={t("copyId")} />
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
      {delivery.reason && (
        <p className="mt-4 rounded-lg bg-amber-soft px-3.5 py-2.5 text-sm break-words text-amber-text">
          <Said text={delivery.reason} />
        </p>
      )}
      <div className="mt-5 mb-2 flex min-h-8 items-center justify-between gap-3">
        <h3 className="text-sm font-semibold">
          {t("attempts", { count: delivery.attempts, replace: { count: formatCount(delivery.attempts) } })}
        </h3>
        <Redeliver delivery={delivery} />
      </div>
      {delivery.log.length > 0 && (
        <ol className="divide-y divide-line rounded-lg border border-line text-sm">
          {delivery.log.map((attempt) => (
            <li key={attempt.number} className="px-3.5 py-2.5">
              <span className="flex flex-wrap justify-between gap-x-4">
                <span className="text-muted">
                  {t("attempt", { number: attempt.number })} · {formatTime(attempt.at)}
                </span>
                <span className="tabular-nums">
                  <LastAnswer code={attempt.code} ms={attempt.ms} />
                </span>
              </span>
              {attempt.error && (
                <span className="mt-0.5 block break-words text-danger">
                  <Said text={attempt.error} />
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
