import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { ChoiceField, SelectField, TextField } from "../../components/Field";
import { Card, Page } from "../../components/Page";
import { Skeleton } from "../../components/Skeleton";
import { useChangePreferences, usePreferences } from "../../context/preferences";
import { type Language, languages } from "../../i18n";
import { formatPercent } from "../../services/format";

const PasswordForm = lazy(async () => ({ default: (await import("./PasswordForm")).PasswordForm }));
const ProfileForm = lazy(async () => ({ default: (await import("./ProfileForm")).ProfileForm }));

export function Settings() {
  const { t, i18n } = useTranslation("settings");
  const { theme, chart_palette, forecast } = usePreferences();
  const change = useChangePreferences();
  const language: Language = i18n.language === "es" || i18n.language === "pt" ? i18n.language : "en";
  return (
    <Page title={t("title")} subtitle={t("subtitle")}>
      <div className="max-w-4xl space-y-5">
        <Section title={t("appearance")} text={t("appearanceText")}>
          <ChoiceField
            label={t("theme")}
            value={theme}
            options={[
              { value: "system", name: t("themes.system") },
              { value: "light", name: t("themes.light") },
              { value: "dark", name: t("themes.dark") },
            ]}
            onChange={(theme) => change({ theme })}
          />
          <ChoiceField
            label={t("language")}
            value={language}
            options={(["en", "es", "pt"] as const).map((value) => ({ value, name: languages[value] }))}
            onChange={(language) => change({ language })}
          />
          <div>
            <ChoiceField
              label={t("palette")}
              hint={t("paletteHint")}
              value={chart_palette}
              options={[
                { value: "auto", name: t("auto") },
                { value: "brand", name: t("brand") },
                { value: "safe", name: t("safe") },
              ]}
              onChange={(chart_palette) => change({ chart_palette })}
            />
            <Swatches />
          </div>
        </Section>
        <Section title={t("forecast")} text={t("forecastText")}>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label={t("forecast.days")}
              type="number"
              min={1}
              max={90}
              step={1}
              defaultValue={forecast.days}
              onChange={(event) => {
                const days = event.target.valueAsNumber;
                if (Number.isInteger(days) && days >= 1 && days <= 90) change({ forecast: { ...forecast, days } });
              }}
            />
            <Select
              label={t("forecast.confidence")}
              value={forecast.conf}
              options={{ "0.8": formatPercent(0.8), "0.95": formatPercent(0.95), "0.99": formatPercent(0.99) }}
              onChange={(conf) => change({ forecast: { ...forecast, conf } })}
            />
            <Select
              label={t("forecast.method")}
              value={forecast.method}
              options={{
                auto: t("forecast.methods.auto"),
                linear: t("forecast.methods.linear"),
                exp: t("forecast.methods.exp"),
                hw: t("forecast.methods.hw"),
              }}
              onChange={(method) => change({ forecast: { ...forecast, method } })}
            />
            <Select
              label={t("forecast.seasonality")}
              value={forecast.seasonality}
              options={{
                auto: t("forecast.seasons.auto"),
                weekday: t("forecast.seasons.weekday"),
                none: t("forecast.seasons.none"),
              }}
              onChange={(seasonality) => change({ forecast: { ...forecast, seasonality } })}
            />
          </div>
        </Section>
        <Section title={t("profile")} text={t("profileText")}>
          <Suspense fallback={<Skeleton className="h-24" />}>
            <ProfileForm />
          </Suspense>
        </Section>
        <Section title={t("password")} text={t("passwordText")}>
          <Suspense fallback={<Skeleton className="h-24" />}>
            <PasswordForm />
          </Suspense>
        </Section>
      </div>
    </Page>
  );
}

function Section({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Card className="grid gap-x-8 gap-y-4 p-4 sm:p-6 md:grid-cols-[14rem_minmax(0,1fr)]">
      <div>
        <h2 className="font-semibold">{title}</h2>
        <p className="mt-1 text-sm text-pretty text-muted">{text}</p>
      </div>
      <div className="space-y-5">{children}</div>
    </Card>
  );
}

const swatches = ["bg-chart-1", "bg-chart-2", "bg-chart-3", "bg-chart-4", "bg-chart-5", "bg-chart-6"];

function Swatches() {
  return (
    <div className="mt-3 flex gap-1.5" aria-hidden="true">
      {swatches.map((colour) => (
        <span key={colour} className={`h-2 w-8 rounded-full ${colour}`} />
      ))}
    </div>
  );
}

interface SelectProps<T extends string> {
  label: string;
  value: T;
  options: Record<T, string>;
  onChange: (value: T) => void;
}

function Select<T extends string>({ label, value, options, onChange }: SelectProps<T>) {
  const all = Object.entries<string>(options);
  const isOption = (text: string): text is T => text in options;
  return (
    <SelectField
      label={label}
      value={value}
      onChange={(event) => {
        if (isOption(event.target.value)) onChange(event.target.value);
      }}
    >
      {all.map(([option, name]) => (
        <option key={option} value={option}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
