import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Badge } from "../../components/Badge";
import { ErrorView } from "../../components/ErrorView";
import { useFlashing } from "../../components/flashing";
import { Name } from "../../components/Name";
import { Card } from "../../components/Page";
import { SkeletonRows } from "../../components/Skeleton";
import { useInventorySummary, useOrdersSummary, useUsersSummary } from "../../services/analytics";
import { formatCount, formatMoney, formatPercent, formatTime, shortId } from "../../services/format";
import { statusColours, statuses } from "../../services/orders";
import { useIsAdmin, useNames, useNaming } from "../../services/users";

/** A card with the data of a query, or its error. */
function ListCard<T>({ title, query, end, children }: { title: string; query: UseQueryResult<T>; end?: ReactNode; children: (data: T) => ReactNode }) {
  const { t } = useTranslation("dashboard");
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

/** A small share is shown as "< 1%", never as 0%. */
function shareOf(count: number, all: number) {
  const share = all === 0 ? 0 : count / all;
  return share > 0 && share < 0.005 ? `<\u2009${formatPercent(0.01)}` : formatPercent(share);
}

/** The parts of a whole, as bars and numbers. */
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

export function ByStatus() {
  const { t } = useTranslation("dashboard");
  return (
    <ListCard title={t("byStatus")} query={useOrdersSummary()}>
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
  const { t } = useTranslation("dashboard");
  return (
    <Link to={to} className="text-sm text-link hover:underline">
      {t("seeAll")}
    </Link>
  );
}

export function NewestOrders() {
  const { t } = useTranslation("dashboard");
  const isAdmin = useIsAdmin();
  const summary = useOrdersSummary();
  const nameOf = useNaming(useNames((summary.data?.recent_orders ?? []).map(({ user_id }) => user_id)));
  const flashing = useFlashing(
    summary.data && Object.fromEntries(summary.data.recent_orders.map(({ id, status }) => [id, status])),
  );
  return (
    <ListCard title={t("newest")} query={summary} end={<SeeAll to="/app/orders" />}>
      {({ recent_orders }) =>
        recent_orders.length === 0 ? (
          <p className="px-4 py-10 text-center text-sm text-muted sm:px-5">{t("noOrders")}</p>
        ) : (
          <ul aria-label={t("newest")} className="divide-y divide-line">
            {recent_orders.map(({ id, user_id, total, status, created_at }) => (
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
                  <span className="mt-0.5 block truncate text-xs text-muted">
                    {formatTime(created_at)}
                    {isAdmin && (
                      <>
                        {" · "}
                        <Name of={nameOf(user_id)} />
                      </>
                    )}
                  </span>
                </span>
                <span className="flex shrink-0 flex-col items-end gap-x-3 gap-y-1 sm:flex-row sm:items-center">
                  <Badge colour={statusColours[status]}>{t(`status.${status}`)}</Badge>
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

export function LowStock() {
  const { t } = useTranslation("dashboard");
  return (
    <ListCard title={t("low")} query={useInventorySummary()} end={<SeeAll to="/app/inventory?low_stock=true" />}>
      {({ low_stock_items }) =>
        low_stock_items.length === 0 ? (
          <p className="px-4 py-10 text-center text-sm text-muted sm:px-5">{t("allInStock")}</p>
        ) : (
          <ul aria-label={t("low")} className="divide-y divide-line">
            {low_stock_items.slice(0, lowShown).map(({ id, sku, qty }) => (
              <li key={id} className={row}>
                <Link
                  to={`/app/inventory/${id}`}
                  className="min-w-0 truncate font-mono text-[0.8125rem] font-medium text-link hover:underline"
                >
                  {sku}
                </Link>
                <span className={qty === 0 ? "text-danger" : "text-amber-text"}>
                  {qty === 0 ? t("out") : t("left", { count: qty })}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </ListCard>
  );
}

const roles = ["user", "admin"] as const;

export function Roles() {
  const { t } = useTranslation("dashboard");
  return (
    <ListCard title={t("roles")} query={useUsersSummary()}>
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
              [t("userCount"), total_users] as const,
              [t("active"), active_users] as const,
              [t("lastWeek"), recent_signups_7d] as const,
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
