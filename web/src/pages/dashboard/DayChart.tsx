import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Area, Bar, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { formatDate, formatShort, formatShortDate } from "../../services/format";
import { type Day, isForecast, ordersOf } from "./days";

interface DayChartProps {
  days: Day[];
  look: "line" | "bars";
  colour: "chart-1" | "chart-2" | "chart-5";
  /** The name of the values. */
  value: string;
  format: (value: number) => string;
}

/** A value for each day, and the forecast. Not animated, because live data would never come to rest. */
export function DayChart({ days, look, colour, value, format }: DayChartProps) {
  const { t } = useTranslation("dashboard");
  const stroke = `var(--${colour})`;
  const tick = { fontSize: 11, fill: "var(--color-muted)" };
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart data={days} margin={{ top: 8, right: 12, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis
          dataKey="date"
          tickFormatter={formatShortDate}
          tick={tick}
          stroke="var(--color-line)"
          tickLine={false}
          minTickGap={32}
          padding={look === "line" ? { left: 8, right: 8 } : {}}
        />
        <YAxis
          width={56}
          allowDecimals={false}
          domain={[0, "auto"]}
          tickFormatter={formatShort}
          tick={tick}
          axisLine={false}
          tickLine={false}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={look === "line" ? { stroke: "var(--color-field)", strokeDasharray: "2 3" } : { fill: "var(--color-sunken)" }}
          content={({ active, payload }) => {
            const shown: unknown = payload[0]?.payload;
            const day = days.find((one) => one === shown);
            return active && day ? <DayTip day={day} value={value} format={format} /> : null;
          }}
        />
        {look === "bars" && (
          <Bar dataKey="actual" fill={stroke} radius={[3, 3, 0, 0]} maxBarSize={28} isAnimationActive={false} />
        )}
        {look === "line" && (
          <Area
            dataKey="band"
            stroke="none"
            fill={stroke}
            fillOpacity={0.16}
            activeDot={false}
            isAnimationActive={false}
          />
        )}
        {look === "line" && (
          <Line
            dataKey="expected"
            stroke={stroke}
            strokeWidth={2}
            strokeDasharray="5 4"
            dot={false}
            activeDot={false}
            isAnimationActive={false}
          />
        )}
        {look === "line" && (
          <Line
            dataKey="actual"
            stroke={stroke}
            strokeWidth={2}
            activeDot={{ r: 3.5, fill: stroke, stroke: "var(--color-surface)" }}
            isAnimationActive={false}
            dot={({ key, cx, cy, payload }) => {
              const day = days.find((one) => one === payload);
              return day?.odd && cx !== undefined && cy !== undefined ? (
                <Link
                  key={key}
                  to={ordersOf(day.date)}
                  className="group outline-none"
                  aria-label={t("oddLink", { day: formatDate(day.date), amount: format(day.odd.revenue) })}
                >
                  <circle cx={cx} cy={cy} r={12} fill="transparent" strokeWidth={2} className="group-focus-visible:stroke-link" />
                  <path
                    d={`M${cx} ${cy - 7} ${cx + 7} ${cy} ${cx} ${cy + 7} ${cx - 7} ${cy}z`}
                    fill="var(--chart-3)"
                    stroke="var(--color-surface)"
                    strokeWidth={2}
                  />
                </Link>
              ) : (
                <g key={key} />
              );
            }}
          />
        )}
        {look === "line" && (
          <Line
            dataKey="soFar"
            stroke="none"
            activeDot={false}
            isAnimationActive={false}
            dot={{ r: 4, fill: "var(--color-surface)", stroke, strokeWidth: 2 }}
          />
        )}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function DayTip({ day, value, format }: { day: Day; value: string; format: (value: number) => string }) {
  const { t } = useTranslation("dashboard");
  const lines: [string, string][] = [];
  if (day.actual !== undefined) lines.push([value, format(day.actual)]);
  if (day.soFar !== undefined) lines.push([t("soFar"), format(day.soFar)]);
  if (isForecast(day) && day.expected !== undefined && day.band) {
    lines.push([t("expected"), format(day.expected)]);
    lines.push([t("between"), `${format(day.band[0])} – ${format(day.band[1])}`]);
  }
  return (
    <div className="rounded-lg bg-raised px-3 py-2 text-xs shadow-pop">
      <p className="font-medium">{formatDate(day.date)}</p>
      <dl className="mt-1 grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5">
        {lines.map(([name, text]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="text-right tabular-nums">{text}</dd>
          </div>
        ))}
      </dl>
      {day.odd && <p className="mt-1 max-w-48 text-muted">{t(day.odd.z > 0 ? "oddHigh" : "oddLow")}</p>}
    </div>
  );
}
