import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ErrorView } from "../../components/ErrorView";
import { useFlashing } from "../../components/flashing";
import { Card } from "../../components/Page";
import { Skeleton } from "../../components/Skeleton";
import { useInventorySummary, useOrdersSummary } from "../../services/analytics";
import { formatCount, formatMoney } from "../../services/format";
import { useIsAdmin } from "../../services/users";

interface Figure {
  name: string;
  text: string;
  /** A page with more about it. */
  to?: string;
}

interface FiguresProps<T> {
  title: string;
  query: UseQueryResult<T>;
  /** The number of figures, for the placeholder. */
  count: 3 | 4;
  figures: (data: T) => Figure[];
}

/** Key figures. A figure that changes flashes. */
function Figures<T>({ title, query, count, figures }: FiguresProps<T>) {
  const { t } = useTranslation("dashboard");
  const shown = query.data === undefined ? undefined : figures(query.data);
  const flashing = useFlashing(shown && Object.fromEntries(shown.map(({ name, text }) => [name, text])));
  return (
    <Card title={title} className="overflow-hidden">
      {query.isError && !shown && <ErrorView error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <div role="status" className="flex gap-6 p-5">
          <span className="sr-only">{t("common.loading")}</span>
          {Array.from({ length: count }, (_, index) => (
            <Skeleton key={index} className="h-12 flex-1" />
          ))}
        </div>
      )}
      {shown && (
        <dl className={`grid grid-cols-2 gap-x-2 gap-y-1 p-2 sm:p-3 ${count === 4 ? "sm:grid-cols-4" : "sm:grid-cols-3"}`}>
          {shown.map(({ name, text, to }) => (
            <div key={name} className={`rounded-lg px-2 py-2 ${flashing.has(name) ? "animate-flash" : ""}`}>
              <dt className="text-sm text-muted">
                {to === undefined ? (
                  name
                ) : (
                  <Link to={to} className="hover:text-ink hover:underline">
                    {name}
                  </Link>
                )}
              </dt>
              <dd className="mt-1 text-xl font-semibold tracking-tight break-words tabular-nums">{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}

export function OrderFigures() {
  const { t } = useTranslation("dashboard");
  const isAdmin = useIsAdmin();
  return (
    <Figures
      title={isAdmin ? t("orders") : t("ownOrders")}
      count={3}
      query={useOrdersSummary()}
      figures={(summary) => [
        { name: t("total"), text: formatCount(summary.total_orders), to: "/app/orders" },
        { name: isAdmin ? t("revenue") : t("spent"), text: formatMoney(summary.total_revenue) },
        { name: t("lastWeek"), text: formatCount(summary.recent_orders_7d) },
      ]}
    />
  );
}

export function StockFigures() {
  const { t } = useTranslation("dashboard");
  return (
    <Figures
      title={t("stock")}
      count={4}
      query={useInventorySummary()}
      figures={(summary) => [
        { name: t("items"), text: formatCount(summary.total_items), to: "/app/inventory" },
        { name: t("quantity"), text: formatCount(summary.total_quantity) },
        { name: t("out"), text: formatCount(summary.out_of_stock) },
        { name: t("low"), text: formatCount(summary.low_stock), to: "/app/inventory?low_stock=true" },
      ]}
    />
  );
}
