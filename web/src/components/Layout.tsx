import { NavLink, Outlet } from "react-router";
import { useSession } from "../context/session";
import { useMe } from "../services/users";
import { IconButton } from "./Button";
import { Brand, SignOutIcon } from "./icons";

/** What stands around every page of somebody who is signed in. */
export function Layout() {
  const { end } = useSession();
  const me = useMe();
  return (
    <>
      <a
        href="#content"
        className="sr-only z-50 rounded-lg bg-surface px-4 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-20 border-b border-line bg-surface">
        <div className="mx-auto flex h-14 max-w-5xl items-center gap-4 px-4 sm:px-6">
          <span className="flex items-center gap-2.5 font-semibold tracking-tight">
            <Brand />
            <span className="hidden sm:inline">microdemo</span>
          </span>
          <nav aria-label="Main" className="flex gap-1">
            <NavLink
              to="/app/orders"
              className="rounded-lg px-3 py-1.5 text-sm font-medium text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-sunken aria-[current=page]:text-ink"
            >
              Orders
            </NavLink>
          </nav>
          <div className="ml-auto flex min-w-0 items-center gap-1">
            {me.data && (
              <span className="truncate text-sm text-muted" title={me.data.email}>
                {me.data.name}
              </span>
            )}
            <IconButton label="Sign out" onClick={end}>
              <SignOutIcon />
            </IconButton>
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1} className="mx-auto max-w-5xl px-4 py-6 outline-none sm:px-6 sm:py-8">
        <Outlet />
      </main>
    </>
  );
}
