import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ButtonLink } from "../../components/Button";
import { PlusIcon } from "../../components/icons";
import { useListState } from "../../components/listState";
import { Page } from "../../components/Page";
import { useOrdersSeries, useUsersSeries } from "../../services/analytics";
import { formatCount } from "../../services/format";
import { useIsAdmin } from "../../services/users";
import { ChartCard } from "./ChartCard";
import type { Day } from "./days";
import { OrderFigures, StockFigures } from "./Figures";
import { ByStatus, LowStock, NewestOrders, Roles } from "./Lists";
import { RevenueCard } from "./RevenueCard";

const DayChart = lazy(async () => ({ default: (await import("./DayChart")).DayChart }));

const ranges = [7, 30, 90];

export function Dashboard() {
  const { t } = useTranslation("dashboard");
  const isAdmin = useIsAdmin();
  const { search } = useListState();
  const asked = Number(search.get("days"));
  const range = ranges.includes(asked) ? asked : 30;
  return (
    <Page
      title={t("title")}
      subtitle={isAdmin ? t("subtitle") : t("subtitleOwn")}
      actions={
        <ButtonLink to="/app/new-order" look="primary">
          <PlusIcon /> {t("newOrder")}
        </ButtonLink>
      }
    >
      <div className="grid gap-5 lg:grid-cols-2">
        <OrderFigures />
        <StockFigures />
        <Ranges range={range} />
        <div className="min-w-0 lg:col-span-2">
          <RevenueCard days={range} />
        </div>
        <OrdersCard days={range} />
        <ByStatus />
        <NewestOrders />
        <LowStock />
        {isAdmin && <SignUps days={range} />}
        {isAdmin && <Roles />}
      </div>
    </Page>
  );
}

/** How many days the charts show. They are links, because each has an address. */
function Ranges({ range }: { range: number }) {
  const { t } = useTranslation("dashboard");
  const { to } = useListState();
  return (
    <nav aria-label={t("range")} className="lg:col-span-2">
      <ul className="inline-flex gap-1 rounded-lg bg-sunken p-1">
        {ranges.map((days) => (
          <li key={days}>
            <Link
              to={to({ days: String(days) })}
              aria-current={days === range ? "true" : undefined}
              className="flex min-h-8 items-center rounded-md px-3 text-sm text-muted hover:text-ink aria-[current=true]:bg-chosen aria-[current=true]:font-medium aria-[current=true]:text-ink aria-[current=true]:shadow-card"
            >
              {t("days", { count: days })}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function OrdersCard({ days: range }: { days: number }) {
  const { t } = useTranslation("dashboard");
  const series = useOrdersSeries(range);
  const days = series.data?.series.map(({ date, orders }): Day => ({ date, actual: orders }));
  const count = days?.reduce((all, { actual }) => all + (actual ?? 0), 0) ?? 0;
  return (
    <ChartCard
      title={t("ordersChart")}
      summary={`${t("ordersText", { count, shown: formatCount(count) })} ${t("inDays", { count: range })}`}
      days={days}
      error={series.error ?? undefined}
      onRetry={() => void series.refetch()}
      file="orders"
      value={t("orderCount")}
      format={formatCount}
      linked
    >
      <DayChart days={days ?? []} look="bars" colour="chart-2" value={t("orderCount")} format={formatCount} />
    </ChartCard>
  );
}

function SignUps({ days: range }: { days: number }) {
  const { t } = useTranslation("dashboard");
  const series = useUsersSeries(range);
  const days = series.data?.series.map(({ date, signups }): Day => ({ date, actual: signups }));
  const count = days?.reduce((all, { actual }) => all + (actual ?? 0), 0) ?? 0;
  return (
    <ChartCard
      title={t("signups")}
      summary={`${t("signupsText", { count, shown: formatCount(count) })} ${t("inDays", { count: range })}`}
      days={days}
      error={series.error ?? undefined}
      onRetry={() => void series.refetch()}
      file="signups"
      value={t("signupCount")}
      format={formatCount}
    >
      <DayChart days={days ?? []} look="bars" colour="chart-5" value={t("signupCount")} format={formatCount} />
    </ChartCard>
  );
}
