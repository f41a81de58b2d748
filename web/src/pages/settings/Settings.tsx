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
  const { t, i18n } = useTranslation();
  const { theme, chart_palette, forecast } = usePreferences();
  const change = useChangePreferences();
  const language: Language = i18n.language === "es" || i18n.language === "pt" ? i18n.language : "en";
  return (
    <Page title={t("settings.title")} subtitle={t("settings.subtitle")}>
      <div className="max-w-4xl space-y-5">
        <Section title={t("settings.appearance")} text={t("settings.appearanceText")}>
          <ChoiceField
            label={t("settings.theme")}
            value={theme}
            options={[
              { value: "system", name: t("settings.system") },
              { value: "light", name: t("settings.light") },
              { value: "dark", name: t("settings.dark") },
            ]}
            onChange={(theme) => change({ theme })}
          />
          <ChoiceField
            label={t("settings.language")}
            value={language}
            options={(["en", "es", "pt"] as const).map((value) => ({ value, name: languages[value] }))}
            onChange={(language) => change({ language })}
          />
          <div>
            <ChoiceField
              label={t("settings.palette")}
              hint={t("settings.paletteHint")}
              value={chart_palette}
              options={[
                { value: "auto", name: t("settings.auto") },
                { value: "brand", name: t("settings.brand") },
                { value: "safe", name: t("settings.safe") },
              ]}
              onChange={(chart_palette) => change({ chart_palette })}
            />
            <Swatches />
          </div>
        </Section>
        <Section title={t("settings.forecast")} text={t("settings.forecastText")}>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label={t("settings.days")}
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
              label={t("settings.confidence")}
              value={forecast.conf}
              options={{ "0.8": formatPercent(0.8), "0.95": formatPercent(0.95), "0.99": formatPercent(0.99) }}
              onChange={(conf) => change({ forecast: { ...forecast, conf } })}
            />
            <Select
              label={t("settings.method")}
              value={forecast.method}
              options={{
                auto: t("settings.methods.auto"),
                linear: t("settings.methods.linear"),
                exp: t("settings.methods.exp"),
                hw: t("settings.methods.hw"),
              }}
              onChange={(method) => change({ forecast: { ...forecast, method } })}
            />
            <Select
              label={t("settings.seasonality")}
              value={forecast.seasonality}
              options={{
                auto: t("settings.seasons.auto"),
                weekday: t("settings.seasons.weekday"),
                none: t("settings.seasons.none"),
              }}
              onChange={(seasonality) => change({ forecast: { ...forecast, seasonality } })}
            />
          </div>
        </Section>
        <Section title={t("settings.profile")} text={t("settings.profileText")}>
          <Suspense fallback={<Skeleton className="h-24" />}>
            <ProfileForm />
          </Suspense>
        </Section>
        <Section title={t("settings.password")} text={t("settings.passwordText")}>
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
