import { useEffect, useState } from "react";

type Versions = Readonly<Record<string, string>>;

const none: ReadonlySet<string> = new Set();
const shownFor = 1600; // as long as animate-flash takes

/**
 * The names whose version has just changed, or that are new. Versions
 * are compared within one scope, such as one page of a list; undefined while
 * they are not known.
 */
export function useFlashing(versions: Versions | undefined, scope = ""): ReadonlySet<string> {
  const [seen, setSeen] = useState({ scope, versions });
  const [flashing, setFlashing] = useState(none);
  if (versions && (seen.scope !== scope || !seen.versions || changes(seen.versions, versions).size > 0)) {
    setSeen({ scope, versions });
    setFlashing(seen.versions && seen.scope === scope ? changes(seen.versions, versions) : none);
  }
  useEffect(() => {
    if (flashing.size === 0) return;
    const timer = setTimeout(() => setFlashing(none), shownFor);
    return () => clearTimeout(timer);
  }, [flashing]);
  return flashing;
}

function changes(before: Versions, now: Versions) {
  return new Set(Object.keys(now).filter((name) => before[name] !== now[name]));
}
