import { type ReactNode, Suspense, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { IconButton } from "../../components/Button";
import { ErrorView } from "../../components/ErrorView";
import { ChartIcon, ExportIcon, TableIcon } from "../../components/icons";
import { Menu, MenuItem } from "../../components/Menu";
import { Card } from "../../components/Page";
import { Skeleton } from "../../components/Skeleton";
import { formatDate } from "../../services/format";
import { chartAsSVG, type Day, daysAsCSV, download, isForecast, ordersOf } from "./days";

interface ChartCardProps {
  title: string;
  /** The chart in one sentence. */
  summary: string;
  /** Undefined while loading. */
  days: Day[] | undefined;
  error?: unknown;
  onRetry: () => void;
  /** The name of files, and of the values in them. */
  file: string;
  /** The heading of the values in the table. */
  value: string;
  format: (value: number) => string;
  /** Whether days link to their orders. */
  linked?: boolean;
  controls?: ReactNode;
  legend?: ReactNode;
  notes?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A chart, also as a table and as a file. */
export function ChartCard(props: ChartCardProps) {
  const { title, summary, days, error, onRetry, file, controls, legend, notes, className = "", children } = props;
  const { t } = useTranslation("dashboard");
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const saveSVG = () => {
    const chart = frame.current?.querySelector("svg.recharts-surface");
    if (chart instanceof SVGSVGElement) download(`${file}.svg`, "image/svg+xml", chartAsSVG(chart, title));
  };
  return (
    <Card
      title={title}
      className={`flex flex-col overflow-hidden ${className}`}
      end={
        <div className="flex items-center gap-1">
          {controls}
          <IconButton
            size="tiny"
            label={asTable ? t("asChart", { title }) : t("asTable", { title })}
            disabled={!days}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? <ChartIcon /> : <TableIcon />}
          </IconButton>
          <Menu
            trigger={
              <IconButton size="tiny" label={t("export", { title })} disabled={!days}>
                <ExportIcon />
              </IconButton>
            }
          >
            <MenuItem onSelect={() => download(`${file}.csv`, "text/csv", daysAsCSV(days ?? [], file))}>
              {t("exportCSV")}
            </MenuItem>
            {!asTable && <MenuItem onSelect={saveSVG}>{t("exportSVG")}</MenuItem>}
          </Menu>
        </div>
      }
    >
      {error !== undefined && !days && <ErrorView error={error} onRetry={onRetry} />}
      {error === undefined && !days && (
        <div role="status" className="p-4 sm:px-5">
          <span className="sr-only">{t("common.loading")}</span>
          <Skeleton className="h-64 w-full" />
        </div>
      )}
      {days && !asTable && (
        <figure aria-labelledby={`${id}-text`} className="flex flex-1 flex-col px-2 pt-4 pb-3 sm:px-4">
          <figcaption id={`${id}-text`} className="px-2 text-xs text-muted sm:px-1">
            {summary}
          </figcaption>
          {legend}
          <div ref={frame} className="mt-3 h-60 sm:h-64">
            <Suspense fallback={<Skeleton className="h-full w-full" />}>{children}</Suspense>
          </div>
        </figure>
      )}
      {days && asTable && <DaysTable {...props} days={days} />}
      {days && notes}
    </Card>
  );
}

function DaysTable({ title, days, value, format, linked }: ChartCardProps & { days: Day[] }) {
  const { t } = useTranslation("dashboard");
  const forecast = days.some(isForecast);
  const names = [value, ...(forecast ? [t("expected"), t("between")] : [])];
  const shown = (day: Day) => {
    const now = day.actual ?? day.soFar;
    const past = now === undefined ? "" : format(now);
    if (!forecast) return [past];
    const ahead = isForecast(day) && day.band && day.expected !== undefined;
    return [
      day.soFar === undefined ? past : t("soFarOf", { amount: past }),
      ahead && day.expected !== undefined ? format(day.expected) : "",
      ahead && day.band ? `${format(day.band[0])} – ${format(day.band[1])}` : "",
    ];
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by keyboard
    <div role="region" aria-label={title} tabIndex={0} className="max-h-80 overflow-auto -outline-offset-2">
      <table className="w-full text-sm">
        <caption className="sr-only">{title}</caption>
        <thead className="sticky top-0 bg-sunken text-xs text-muted">
          <tr>
            <th scope="col" className="py-2 pr-3 pl-4 text-left font-medium sm:pl-5">
              {t("day")}
            </th>
            {names.map((name) => (
              <th key={name} scope="col" className="px-3 py-2 text-right font-medium last:pr-4 sm:last:pr-5">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {days.toReversed().map((day) => (
            <tr key={day.date}>
              <th scope="row" className="py-2 pr-3 pl-4 text-left font-normal whitespace-nowrap sm:pl-5">
                {linked && (day.actual ?? day.soFar) !== undefined ? (
                  <Link to={ordersOf(day.date)} className="text-link hover:underline">
                    {formatDate(day.date)}
                  </Link>
                ) : (
                  formatDate(day.date)
                )}
                {day.odd && <span className="ml-2 text-xs text-muted">{t("odd")}</span>}
              </th>
              {shown(day).map((text, column) => (
                <td key={column} className="px-3 py-2 text-right whitespace-nowrap tabular-nums last:pr-4 sm:last:pr-5">
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
