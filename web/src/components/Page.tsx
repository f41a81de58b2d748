import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "react-router";
import { LeftIcon } from "./icons";

interface PageProps {
  /** For the browser's tab, and the heading unless there is another one. */
  title: string;
  heading?: ReactNode;
  subtitle?: ReactNode;
  /** The page that this one belongs to. */
  parent?: { to: string; name: string };
  actions?: ReactNode;
  children: ReactNode;
}

/** A page with its title and heading. After a navigation the heading has the focus. */
export function Page({ title, heading = title, subtitle, parent, actions, children }: PageProps) {
  const first = useRef<HTMLHeadingElement>(null);
  const { pathname, key } = useLocation();
  const came = useRef(key === "default"); // the page where the application was loaded
  useEffect(() => {
    if (came.current) {
      came.current = false;
      return;
    }
    first.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);
  return (
    <>
      <title>{`${title} · microdemo`}</title>
      {parent && (
        <Link
          to={parent.to}
          className="mb-2 -ml-1 inline-flex min-h-6 items-center gap-1 rounded px-1 text-sm text-muted hover:text-ink"
        >
          <LeftIcon className="size-3.5" /> {parent.name}
        </Link>
      )}
      <div className="mb-5 flex flex-wrap items-center justify-between gap-x-4 gap-y-3 sm:mb-6">
        <div className="min-w-0">
          <h1 ref={first} tabIndex={-1} className="text-xl font-semibold tracking-tight break-words outline-none sm:text-2xl">
            {heading}
          </h1>
          {subtitle && <div className="mt-1 text-sm text-muted">{subtitle}</div>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </>
  );
}

/** A panel on the page. */
export function Card({ title, end, children, className = "" }: { title?: string; end?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={`rounded-xl border border-line bg-surface shadow-card ${className}`}>
      {title !== undefined && (
        <div className="flex min-h-12 items-center justify-between gap-3 border-b border-line px-4 sm:px-5">
          <h2 className="text-sm font-semibold">{title}</h2>
          {end}
        </div>
      )}
      {children}
    </section>
  );
}
