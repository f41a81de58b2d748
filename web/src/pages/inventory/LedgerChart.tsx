import { useTranslation } from "react-i18next";
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { formatChange, formatCount, formatDay, formatShortTime, formatTime } from "../../services/format";
import type { Movement } from "../../types/inventory";

const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The available stock after each movement; movements are newest first. */
export function LedgerChart({ movements }: { movements: Movement[] }) {
  const { t } = useTranslation("inventory");
  const points = movements.toReversed().map((movement) => ({
    at: Date.parse(movement.created_at),
    qty: movement.qty_after,
    delta: movement.delta,
  }));
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;
  const days = last.at - first.at > 86_400_000 * 2;
  const time = (at: number) => {
    const text = new Date(at).toISOString();
    return days ? formatDay(text) : formatShortTime(text);
  };
  // Within minutes many ticks would have the same label: each label once, the middle one first.
  const parts = [0.5, 0, 1, 0.25, 0.75].map((part) => first.at + (last.at - first.at) * part);
  const ticks = parts.filter((at, index) => parts.findIndex((other) => time(other) === time(at)) === index).sort((a, b) => a - b);
  return (
    <figure className="flex h-full flex-col" aria-label={t("chart")}>
      <figcaption className="sr-only">
        {t("chartText", {
          count: points.length,
          from: formatCount(first.qty),
          to: formatCount(last.qty),
        })}
      </figcaption>
      <ResponsiveContainer width="100%" height="100%">
        <LineChart data={points} margin={{ top: 8, right: 40, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--color-line)" />
          <XAxis
            dataKey="at"
            type="number"
            domain={["dataMin", "dataMax"]}
            ticks={ticks}
            tickFormatter={time}
            tick={{ fontSize: 11, fill: "var(--color-muted)" }}
            stroke="var(--color-line)"
            tickLine={false}
            minTickGap={48}
          />
          <YAxis
            width={48}
            allowDecimals={false}
            tickFormatter={formatCount}
            tick={{ fontSize: 11, fill: "var(--color-muted)" }}
            axisLine={false}
            tickLine={false}
          />
          <Tooltip
            isAnimationActive={false}
            content={({ active, payload }) => {
              const point: unknown = payload[0]?.payload;
              const found = points.find((one) => one === point);
              if (!active || !found) return null;
              return (
                <div className="rounded-lg bg-raised px-3 py-2 text-xs shadow-pop">
                  <p className="text-muted">{formatTime(new Date(found.at).toISOString())}</p>
                  <p className="mt-0.5 font-medium tabular-nums">
                    {formatCount(found.qty)} ({formatChange(found.delta)})
                  </p>
                </div>
              );
            }}
          />
          <Line
            type="stepAfter"
            dataKey="qty"
            stroke="var(--color-chart-1)"
            strokeWidth={2}
            dot={points.length < 30 ? { r: 2.5, fill: "var(--color-chart-1)" } : false}
            isAnimationActive={!still}
            animationDuration={400}
          />
        </LineChart>
      </ResponsiveContainer>
    </figure>
  );
}
