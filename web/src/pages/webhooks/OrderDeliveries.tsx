import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ErrorView } from "../../components/ErrorView";
import { Card } from "../../components/Page";
import { SkeletonRows } from "../../components/Skeleton";
import { formatTime } from "../../services/format";
import { useEndpoints, useOrderDeliveries } from "../../services/webhooks";
import type { Delivery, Order } from "../../types/orders";
import { DeliveryBadge, DeliveryDialog, LastAnswer, Redeliver } from "./Deliveries";

/** The webhook deliveries of an order; for administrators. */
export function OrderDeliveries({ order }: { order: Order }) {
  const { t } = useTranslation("webhooks");
  const query = useOrderDeliveries(order);
  const [shown, setShown] = useState<Delivery>();
  const endpoints = useEndpoints().data?.rows;
  const found = query.data?.rows ?? [];
  if (found.length === 0 && endpoints?.length === 0) return null;
  const urlOf = (delivery: Delivery) => endpoints?.find(({ id }) => id === delivery.webhook_id)?.url ?? `${delivery.webhook_id}`;
  return (
    <Card title={t("ofOrder")} className="overflow-hidden">
      {query.isPending && <SkeletonRows rows={2} label={t("loadingDeliveries")} />}
      {query.isError && !query.data && <ErrorView error={query.error} onRetry={() => void query.refetch()} />}
      {found.length > 0 && (
        <ul aria-label={t("ofOrder")} className="divide-y divide-line">
          {found.map((delivery) => (
            <li key={delivery.id} className="flex items-center gap-3 px-4 py-2.5 text-sm sm:px-5">
              <div className="min-w-0 flex-1">
                <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <button
                    type="button"
                    aria-label={t("show", { type: delivery.type, id: urlOf(delivery) })}
                    onClick={() => setShown(delivery)}
                    className="min-h-6 font-mono text-[0.8125rem] font-medium text-link hover:underline"
                  >
                    {delivery.type}
                  </button>
                  <DeliveryBadge delivery={delivery} />
                </span>
                <span className="mt-0.5 block text-xs text-muted">
                  {formatTime(delivery.created_at)}
                  {delivery.ms !== null && (
                    <>
                      {" · "}
                      <LastAnswer code={delivery.code} ms={delivery.ms} />
                    </>
                  )}
                </span>
                <Link
                  to={`/app/webhooks/${delivery.webhook_id}`}
                  className="block truncate font-mono text-xs text-muted hover:text-ink hover:underline"
                >
                  {urlOf(delivery)}
                </Link>
              </div>
              <Redeliver delivery={delivery} name={t("redeliverOne", { type: delivery.type, id: urlOf(delivery) })} />
            </li>
          ))}
        </ul>
      )}
      {query.data && found.length === 0 && (
        <p className="px-4 py-6 text-center text-sm text-muted sm:px-5">{t("noneOfOrder")}</p>
      )}
      {query.data?.next !== undefined && (
        <p className="border-t border-line px-4 py-3 text-xs text-muted sm:px-5">
          {t("onlyLatest", { count: found.length, total: query.data.total })}
        </p>
      )}
      <Suspense>
        {shown && (
          <DeliveryDialog
            delivery={found.find(({ id }) => id === shown.id) ?? shown}
            onClose={() => setShown(undefined)}
          />
        )}
      </Suspense>
    </Card>
  );
}
