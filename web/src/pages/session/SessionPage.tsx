import type { ReactNode } from "react";
import { Navigate, useSearchParams } from "react-router";
import { Brand } from "../../components/icons";
import { Card, Page } from "../../components/Page";
import { useSession } from "../../context/session";

/** Where to go after signing in: a page of this application, whatever the address says. */
function useNext() {
  const next = useSearchParams()[0].get("next") ?? "";
  return next.startsWith("/app/") ? next : "/app/orders";
}

interface SessionPageProps {
  title: string;
  children: ReactNode;
  footer: ReactNode;
}

/** The frame of the pages for those who are not signed in. */
export function SessionPage({ title, children, footer }: SessionPageProps) {
  const { session } = useSession();
  const next = useNext();
  if (session.signedIn) return <Navigate to={next} replace />;
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center px-4 py-10">
      <p className="mb-8 flex items-center gap-2.5 text-lg font-semibold tracking-tight">
        <Brand />
        microdemo
      </p>
      <Page title={title}>
        <Card className="p-5 sm:p-6">{children}</Card>
        <p className="mt-5 text-center text-sm text-muted">{footer}</p>
      </Page>
    </main>
  );
}
