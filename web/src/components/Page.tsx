import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";

interface PageProps {
  /** Stands in the browser's tab, and above the page unless heading does. */
  title: string;
  heading?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page with its title and heading. Whoever comes from another page starts at the heading. */
export function Page({ title, heading = title, actions, children }: PageProps) {
  const first = useRef<HTMLHeadingElement>(null);
  const { key } = useLocation(); // "default" where the browser loaded the application
  useEffect(() => {
    if (key !== "default") first.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [key]);
  return (
    <>
      <title>{`${title} · microdemo`}</title>
      <div className="mb-5 flex flex-wrap items-center justify-between gap-x-4 gap-y-3 sm:mb-6">
        <h1 ref={first} tabIndex={-1} className="min-w-0 text-xl font-semibold tracking-tight break-words outline-none sm:text-2xl">
          {heading}
        </h1>
        {actions}
      </div>
      {children}
    </>
  );
}

/** A panel on the page. */
export function Card({ children, className = "" }: { children: ReactNode; className?: string }) {
  return <div className={`rounded-xl border border-line bg-surface shadow-xs ${className}`}>{children}</div>;
}
