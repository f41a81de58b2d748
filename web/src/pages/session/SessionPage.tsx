import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";
import { Brand } from "../../components/icons";
import { Card, Page } from "../../components/Page";
import { useSession } from "../../context/session";
import { languages } from "../../i18n";
import { preferencesStore } from "../../services/preferences";

/** The page to open after signing in; never another site. */
function useNext() {
  const next = useSearchParams()[0].get("next") ?? "";
  return /^\/app[/?]/.test(next) ? next : "/app";
}

interface SessionPageProps {
  title: string;
  children: ReactNode;
  footer: ReactNode;
}

const brand = "microdemo";

/** The frame of the pages for visitors. */
export function SessionPage({ title, children, footer }: SessionPageProps) {
  const { t, i18n } = useTranslation("session");
  const session = useSession();
  const next = useNext();
  if (session.status === "in") return <Navigate to={next} replace />;
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col px-4 py-8">
      <div className="my-auto">
        <p className="mb-6 flex items-center gap-2.5 text-lg font-semibold tracking-tight">
          <Brand />
          {brand}
        </p>
        <Page title={title} subtitle={t("welcome")}>
          <Card className="p-5 sm:p-6">{children}</Card>
          <p className="mt-5 text-center text-sm text-muted">{footer}</p>
        </Page>
      </div>
      <nav aria-label={t("language")} className="mt-8 flex justify-center gap-1 text-sm">
        {(["en", "es", "pt"] as const).map((language) => (
          <button
            key={language}
            type="button"
            lang={language}
            aria-pressed={i18n.language === language}
            onClick={() => void preferencesStore.changeHere({ language })}
            className="min-h-8 rounded-md px-2.5 text-muted hover:text-ink aria-pressed:font-medium aria-pressed:text-ink"
          >
            {languages[language]}
          </button>
        ))}
      </nav>
    </main>
  );
}
