import type { UseQueryResult } from "@tanstack/react-query";
import { lazy, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ButtonLink } from "../../components/Button";
import { ErrorView } from "../../components/ErrorView";
import { useFlashing } from "../../components/flashing";
import { PlusIcon } from "../../components/icons";
import { useListState } from "../../components/listState";
import { Card, Page } from "../../components/Page";
import { Skeleton, SkeletonRows } from "../../components/Skeleton";
import { StatusBadge } from "../../components/StatusBadge";
import {
  useInventorySummary,
  useOrdersSeries,
  useOrdersSummary,
  useUsersSeries,
  useUsersSummary,
} from "../../services/analytics";
import { formatCount, formatMoney, formatPercent, formatTime, shortId } from "../../services/format";
import { statuses } from "../../services/orders";
import { useIsAdmin } from "../../services/users";
import { ChartCard } from "./ChartCard";
import type { Day } from "./days";
import { RevenueCard } from "./RevenueCard";

const DayChart = lazy(async () => ({ default: (await import("./DayChart")).DayChart }));

const ranges = [7, 30, 90];

export function Dashboard() {
  const { t } = useTranslation();
  const isAdmin = useIsAdmin();
  const { search } = useListState();
  const asked = Number(search.get("days"));
  const range = ranges.includes(asked) ? asked : 30;
  return (
    <Page
      title={t("dashboard.title")}
      subtitle={isAdmin ? t("dashboard.subtitle") : t("dashboard.subtitleOwn")}
      actions={
        <ButtonLink to="/app/new-order" look="primary">
          <PlusIcon /> {t("orders.new")}
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

/** How many days the charts show. They are links, for each has an address. */
function Ranges({ range }: { range: number }) {
  const { t } = useTranslation();
  const { to } = useListState();
  return (
    <nav aria-label={t("dashboard.range")} className="lg:col-span-2">
      <ul className="inline-flex gap-1 rounded-lg bg-sunken p-1">
        {ranges.map((days) => (
          <li key={days}>
            <Link
              to={to({ days: String(days) })}
              aria-current={days === range ? "true" : undefined}
              className="flex min-h-8 items-center rounded-md px-3 text-sm text-muted hover:text-ink aria-[current=true]:bg-chosen aria-[current=true]:font-medium aria-[current=true]:text-ink aria-[current=true]:shadow-card"
            >
              {t("dashboard.days", { count: days })}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface Figure {
  name: string;
  text: string;
  /** Where there is more of it. */
  to?: string;
}

interface FiguresProps<T> {
  title: string;
  query: UseQueryResult<T>;
  /** How many there will be. */
  count: 3 | 4;
  figures: (data: T) => Figure[];
}

/** Key figures. One that moves says so gently. */
function Figures<T>({ title, query, count, figures }: FiguresProps<T>) {
  const { t } = useTranslation();
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

function OrderFigures() {
  const { t } = useTranslation();
  const isAdmin = useIsAdmin();
  return (
    <Figures
      title={isAdmin ? t("dashboard.orders") : t("dashboard.ownOrders")}
      count={3}
      query={useOrdersSummary()}
      figures={(summary) => [
        { name: t("dashboard.total"), text: formatCount(summary.total_orders), to: "/app/orders" },
        { name: isAdmin ? t("dashboard.revenue") : t("dashboard.spent"), text: formatMoney(summary.total_revenue) },
        { name: t("dashboard.lastWeek"), text: formatCount(summary.recent_orders_7d) },
      ]}
    />
  );
}

function StockFigures() {
  const { t } = useTranslation();
  return (
    <Figures
      title={t("dashboard.stock")}
      count={4}
      query={useInventorySummary()}
      figures={(summary) => [
        { name: t("dashboard.items"), text: formatCount(summary.total_items), to: "/app/inventory" },
        { name: t("dashboard.quantity"), text: formatCount(summary.total_quantity) },
        { name: t("dashboard.out"), text: formatCount(summary.out_of_stock) },
        { name: t("dashboard.low"), text: formatCount(summary.low_stock), to: "/app/inventory?low_stock=true" },
      ]}
    />
  );
}

function OrdersCard({ days: range }: { days: number }) {
  const { t } = useTranslation();
  const series = useOrdersSeries(range);
  const days = series.data?.series.map(({ date, orders }): Day => ({ date, actual: orders }));
  const count = days?.reduce((all, { actual }) => all + (actual ?? 0), 0) ?? 0;
  return (
    <ChartCard
      title={t("dashboard.ordersChart")}
      summary={`${t("dashboard.ordersText", { count, shown: formatCount(count) })} ${t("dashboard.inDays", { count: range })}`}
      days={days}
      error={series.error ?? undefined}
      onRetry={() => void series.refetch()}
      file="orders"
      value={t("dashboard.orderCount")}
      format={formatCount}
      linked
    >
      <DayChart days={days ?? []} look="bars" colour="chart-2" value={t("dashboard.orderCount")} format={formatCount} />
    </ChartCard>
  );
}

/** A card with what a query reads, or why it does not. */
function ListCard<T>({ title, query, end, children }: { title: string; query: UseQueryResult<T>; end?: ReactNode; children: (data: T) => ReactNode }) {
  const { t } = useTranslation();
  return (
    <Card title={title} end={end} className="overflow-hidden">
      {query.isPending && <SkeletonRows rows={4} label={t("common.loading")} />}
      {query.isError && query.data === undefined && <ErrorView error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && children(query.data)}
    </Card>
  );
}

interface Part {
  key: string;
  name: string;
  count: number;
  to: string;
}

/** Never nothing of what is there. */
function shareOf(count: number, all: number) {
  const share = all === 0 ? 0 : count / all;
  return share > 0 && share < 0.005 ? `<\u2009${formatPercent(0.01)}` : formatPercent(share);
}

/** How a whole falls into parts: as bars, and as numbers. */
function Parts({ parts, colour }: { parts: Part[]; colour: string }) {
  const all = parts.reduce((sum, { count }) => sum + count, 0);
  const flashing = useFlashing(Object.fromEntries(parts.map(({ key, count }) => [key, String(count)])));
  return (
    <ul className="space-y-0.5 p-2 sm:p-3">
      {parts.map(({ key, name, count, to }) => (
        <li key={key} className={`rounded-lg ${flashing.has(key) ? "animate-flash" : ""}`}>
          <Link to={to} className="block rounded-lg px-2 py-1.5 text-sm hover:bg-sunken">
            <span className="flex justify-between gap-4">
              <span>{name}</span>{" "}
              <span className="tabular-nums">
                {formatCount(count)}{" "}
                <span className="inline-block w-11 text-right text-muted">{shareOf(count, all)}</span>
              </span>
            </span>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" className="mt-1.5 h-1.5 w-full rounded-full" aria-hidden="true">
              <rect width="100" height="6" className="fill-line" />
              <rect width={all === 0 ? 0 : (count / all) * 100} height="6" className={colour} />
            </svg>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function ByStatus() {
  const { t } = useTranslation();
  return (
    <ListCard title={t("dashboard.byStatus")} query={useOrdersSummary()}>
      {({ status_breakdown: counts }) => (
        <Parts
          colour="fill-chart-1"
          parts={statuses.map((status) => ({
            key: status,
            name: t(`status.${status}`),
            count: counts[status] ?? 0,
            to: `/app/orders?status=${status}`,
          }))}
        />
      )}
    </ListCard>
  );
}

const row = "flex items-center justify-between gap-3 px-4 py-2.5 text-sm sm:px-5";

function SeeAll({ to }: { to: string }) {
  const { t } = useTranslation();
  return (
    <Link to={to} className="text-sm text-link hover:underline">
      {t("dashboard.seeAll")}
    </Link>
  );
}

function NewestOrders() {
  const { t } = useTranslation();
  const summary = useOrdersSummary();
  const flashing = useFlashing(
    summary.data && Object.fromEntries(summary.data.recent_orders.map(({ id, status }) => [id, status])),
  );
  return (
    <ListCard title={t("dashboard.newest")} query={summary} end={<SeeAll to="/app/orders" />}>
      {({ recent_orders }) =>
        recent_orders.length === 0 ? (
          <p className="px-4 py-10 text-center text-sm text-muted sm:px-5">{t("dashboard.noOrders")}</p>
        ) : (
          <ul aria-label={t("dashboard.newest")} className="divide-y divide-line">
            {recent_orders.map(({ id, total, status, created_at }) => (
              <li key={id} className={`${row} ${flashing.has(id) ? "animate-flash" : ""}`}>
                <span className="min-w-0">
                  <Link
                    to={`/app/orders/${id}`}
                    aria-label={id}
                    title={id}
                    className="font-mono text-[0.8125rem] font-medium whitespace-nowrap text-link hover:underline"
                  >
                    {shortId(id)}
                  </Link>
                  <span className="mt-0.5 block text-xs text-muted">{formatTime(created_at)}</span>
                </span>
                <span className="flex shrink-0 flex-col items-end gap-x-3 gap-y-1 sm:flex-row sm:items-center">
                  <StatusBadge status={status} />
                  <span className="min-w-20 text-right font-medium tabular-nums">{formatMoney(total)}</span>
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </ListCard>
  );
}

const lowShown = 6;

function LowStock() {
  const { t } = useTranslation();
  return (
    <ListCard title={t("dashboard.low")} query={useInventorySummary()} end={<SeeAll to="/app/inventory?low_stock=true" />}>
      {({ low_stock_items }) =>
        low_stock_items.length === 0 ? (
          <p className="px-4 py-10 text-center text-sm text-muted sm:px-5">{t("dashboard.allInStock")}</p>
        ) : (
          <ul aria-label={t("dashboard.low")} className="divide-y divide-line">
            {low_stock_items.slice(0, lowShown).map(({ id, sku, qty }) => (
              <li key={id} className={row}>
                <Link
                  to={`/app/inventory/${id}`}
                  className="min-w-0 truncate font-mono text-[0.8125rem] font-medium text-link hover:underline"
                >
                  {sku}
                </Link>
                <span className={qty === 0 ? "text-danger" : "text-amber-text"}>
                  {qty === 0 ? t("inventory.out") : t("inventory.left", { count: qty })}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </ListCard>
  );
}

function SignUps({ days: range }: { days: number }) {
  const { t } = useTranslation();
  const series = useUsersSeries(range);
  const days = series.data?.series.map(({ date, signups }): Day => ({ date, actual: signups }));
  const count = days?.reduce((all, { actual }) => all + (actual ?? 0), 0) ?? 0;
  return (
    <ChartCard
      title={t("dashboard.signups")}
      summary={`${t("dashboard.signupsText", { count, shown: formatCount(count) })} ${t("dashboard.inDays", { count: range })}`}
      days={days}
      error={series.error ?? undefined}
      onRetry={() => void series.refetch()}
      file="signups"
      value={t("dashboard.signupCount")}
      format={formatCount}
    >
      <DayChart days={days ?? []} look="bars" colour="chart-5" value={t("dashboard.signupCount")} format={formatCount} />
    </ChartCard>
  );
}

const roles = ["user", "admin"] as const;

function Roles() {
  const { t } = useTranslation();
  return (
    <ListCard title={t("dashboard.roles")} query={useUsersSummary()}>
      {({ role_breakdown, total_users, active_users, recent_signups_7d }) => (
        <>
          <Parts
            colour="fill-chart-5"
            parts={roles.map((role) => ({
              key: role,
              name: t(`roles.${role}`),
              count: role_breakdown[role] ?? 0,
              to: `/app/users?role=${role}`,
            }))}
          />
          <dl className="grid grid-cols-3 gap-4 border-t border-line px-4 py-4 sm:px-5">
            {[
              [t("dashboard.userCount"), total_users] as const,
              [t("dashboard.active"), active_users] as const,
              [t("dashboard.lastWeek"), recent_signups_7d] as const,
            ].map(([name, count]) => (
              <div key={name}>
                <dt className="text-sm text-muted">{name}</dt>
                <dd className="mt-1 text-xl font-semibold tracking-tight tabular-nums">{formatCount(count)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </ListCard>
  );
}
