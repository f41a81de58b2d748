import { useCallback, useEffect, useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { isText, record } from "../services/read";

// A cursor leads only forwards, so the history entry keeps the way back:
// the cursors of the previous pages, "" for the first.
function trailOf(state: unknown): string[] | undefined {
  const { trail } = record(state);
  return Array.isArray(trail) && trail.every(isText) ? trail : undefined;
}

/** The filters and the page of a list, kept in its address. */
export function useListState() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const location = useLocation();
  const { pathname } = location;
  const cursor = search.get("cursor") ?? undefined;
  const trail = trailOf(location.state) ?? (cursor === undefined ? [] : [""]);

  /** The address of this list with other filters, at its first page. */
  const to = useCallback(
    (change: Record<string, string | undefined>) => {
      const next = new URLSearchParams(search);
      next.delete("cursor");
      for (const [name, value] of Object.entries(change)) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      return { pathname, search: next.toString() };
    },
    [search, pathname],
  );
  const change = useCallback(
    (what: Record<string, string | undefined>) => void navigate(to(what), { replace: true }),
    [navigate, to],
  );
  return { search, cursor, trail, to, change };
}

/** The value once it has not changed for so many milliseconds. */
export function useSettled<T>(value: T, delay: number) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delay);
    return () => clearTimeout(timer);
  }, [value, delay]);
  return settled;
}
