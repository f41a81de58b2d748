import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button } from "../../components/Button";
import { SelectField } from "../../components/Field";
import { SettingsIcon } from "../../components/icons";
import { useListState } from "../../components/listState";
import { useChangePreferences, usePreferences } from "../../context/preferences";
import { type Forecasting, useForecast, useOrdersSeries } from "../../services/analytics";
import { formatDate, formatMoney, formatPercent, formatShortDate } from "../../services/format";
import { confidences, methods, seasons } from "../../services/preferences";
import { oneOf } from "../../services/read";
import { useIsAdmin } from "../../services/users";
import { ChartCard } from "./ChartCard";
import { type Day, ordersOf, revenueDays } from "./days";

const DayChart = lazy(async () => ({ default: (await import("./DayChart")).DayChart }));

/** The options of the forecast: from the address, else from the preferences. */
function useForecasting() {
  const { forecast: preferred } = usePreferences();
  const { search, change } = useListState();
  const days = Number(search.get("ahead"));
  const wanted: Forecasting = {
    days: Number.isInteger(days) && days >= 1 && days <= 90 ? days : preferred.days,
    method: oneOf(methods, search.get("method")) ?? preferred.method,
    seasonality: oneOf(seasons, search.get("season")) ?? preferred.seasonality,
    conf: oneOf(confidences, search.get("conf")) ?? preferred.conf,
  };
  const isPreferred =
    wanted.days === preferred.days &&
    wanted.method === preferred.method &&
    wanted.seasonality === preferred.seasonality &&
    wanted.conf === preferred.conf;
  return { wanted, isPreferred, change };
}

/** The revenue of the last days, the forecast, and unusual days. */
export function RevenueCard({ days: range }: { days: number }) {
  const { t } = useTranslation("dashboard");
  const isAdmin = useIsAdmin();
  const { wanted } = useForecasting();
  const series = useOrdersSeries(range);
  const forecast = useForecast(wanted);
  const [choosing, setChoosing] = useState(false);
  const days = series.data && revenueDays(series.data.series, forecast.data);
  const odd = days?.filter((day) => day.odd) ?? [];
  const value = isAdmin ? t("revenue") : t("spent");
  const sum = formatMoney(series.data?.series.reduce((all, { revenue }) => all + revenue, 0) ?? 0);
  const past = isAdmin ? t("revenueText", { sum, count: range }) : t("spentText", { sum, count: range });
  const ahead = forecast.data && {
    count: forecast.data.days,
    sum: formatMoney(forecast.data.forecast.reduce((all, { revenue }) => all + revenue, 0)),
  };
  return (
    <ChartCard
      title={isAdmin ? t("revenueChart") : t("spentChart")}
      summary={ahead ? `${past} ${t("forecastText", ahead)}` : past}
      days={days}
      error={series.error ?? undefined}
      onRetry={() => void series.refetch()}
      file="revenue"
      value={value}
      format={formatMoney}
      linked
      controls={
        <Button
          look="quiet"
          size="small"
          aria-expanded={choosing}
          onClick={() => setChoosing(!choosing)}
        >
          <SettingsIcon /> {t("forecast")}
        </Button>
      }
      legend={
        <>
          {choosing && <Choice />}
          <Legend value={value} odd={odd.length > 0} conf={wanted.conf} />
          {forecast.isError && !forecast.data && (
            <p role="alert" className="mt-2 px-2 text-xs text-danger sm:px-1">
              {t("noForecast")}{" "}
              <button type="button" className="font-medium underline" onClick={() => void forecast.refetch()}>
                {t("common.tryAgain")}
              </button>
            </p>
          )}
        </>
      }
      notes={odd.length > 0 && <OddDays days={odd} />}
    >
      <DayChart days={days ?? []} look="line" colour="chart-1" value={value} format={formatMoney} />
    </ChartCard>
  );
}

function Legend({ value, odd, conf }: { value: string; odd: boolean; conf: Forecasting["conf"] }) {
  const { t } = useTranslation("dashboard");
  const sign = "h-3 w-5 shrink-0";
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 px-2 text-xs text-muted sm:px-1">
      <li className="flex items-center gap-1.5">
        <svg viewBox="0 0 20 12" className={sign} aria-hidden="true">
          <path d="M0 6h20" strokeWidth="2" className="stroke-chart-1" />
        </svg>
        {value}
      </li>
      <li className="flex items-center gap-1.5">
        <svg viewBox="0 0 20 12" className={sign} aria-hidden="true">
          <rect width="20" height="12" className="fill-chart-1 opacity-15" />
          <path d="M0 6h20" strokeWidth="2" strokeDasharray="5 3" className="stroke-chart-1" />
        </svg>
        {t("forecastBand", { share: formatPercent(Number(conf)) })}
      </li>
      <li className="flex items-center gap-1.5">
        <svg viewBox="0 0 12 12" className="size-3 shrink-0" aria-hidden="true">
          <circle cx="6" cy="6" r="4" strokeWidth="2" className="fill-surface stroke-chart-1" />
        </svg>
        {t("soFar")}
      </li>
      {odd && (
        <li className="flex items-center gap-1.5">
          <svg viewBox="0 0 12 12" className="size-3 shrink-0" aria-hidden="true">
            <path d="M6 0 12 6 6 12 0 6z" className="fill-chart-3" />
          </svg>
          {t("odd")}
        </li>
      )}
    </ul>
  );
}

/** The unusual days as text, newest first, each with a link to its orders. */
function OddDays({ days }: { days: Day[] }) {
  const { t } = useTranslation("dashboard");
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1.5 border-t border-line px-4 py-3 text-sm sm:px-5">
      <h3 className="text-muted">{t("oddDays")}</h3>
      <ul className="contents">
        {days.toReversed().map(({ date, odd }) => (
          <li key={date}>
            <Link
              to={ordersOf(date)}
              title={odd && t(odd.z > 0 ? "oddHigh" : "oddLow")}
              aria-label={t("oddLink", { day: formatDate(date), amount: formatMoney(odd?.revenue ?? 0) })}
              className="text-link hover:underline"
            >
              {formatShortDate(date)}: <span className="tabular-nums">{formatMoney(odd?.revenue ?? 0)}</span>{" "}
              <span aria-hidden="true">{(odd?.z ?? 0) > 0 ? "↑" : "↓"}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

const horizons = [7, 14, 30, 60, 90];

/** The options of the forecast: for this page, unless saved as the default. */
function Choice() {
  const { t } = useTranslation("dashboard");
  const { wanted, isPreferred, change } = useForecasting();
  const keep = useChangePreferences();
  const all = [...new Set([...horizons, wanted.days])].sort((a, b) => a - b);
  return (
    <div className="mx-2 mt-3 grid grid-cols-2 items-end gap-3 rounded-lg bg-sunken p-3 sm:mx-1 lg:grid-cols-[repeat(4,minmax(0,1fr))_auto]">
      <SelectField label={t("forecast.days")} value={wanted.days} onChange={(event) => change({ ahead: event.target.value })}>
        {all.map((days) => (
          <option key={days} value={days}>
            {t("days", { count: days })}
          </option>
        ))}
      </SelectField>
      <SelectField label={t("forecast.method")} value={wanted.method} onChange={(event) => change({ method: event.target.value })}>
        {methods.map((method) => (
          <option key={method} value={method}>
            {t(`forecast.methods.${method}`)}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t("forecast.seasonality")}
        value={wanted.seasonality}
        onChange={(event) => change({ season: event.target.value })}
      >
        {seasons.map((season) => (
          <option key={season} value={season}>
            {t(`forecast.seasons.${season}`)}
          </option>
        ))}
      </SelectField>
      <SelectField label={t("forecast.confidence")} value={wanted.conf} onChange={(event) => change({ conf: event.target.value })}>
        {confidences.map((conf) => (
          <option key={conf} value={conf}>
            {formatPercent(Number(conf))}
          </option>
        ))}
      </SelectField>
      <Button disabled={isPreferred} className="max-lg:col-span-2" onClick={() => keep({ forecast: wanted })}>
        {isPreferred ? t("kept") : t("keep")}
      </Button>
    </div>
  );
}
