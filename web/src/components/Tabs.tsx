import { Link, type To } from "react-router";

interface Tab {
  name: string;
  to: To;
  active: boolean;
  count?: string | undefined;
}

/** Views of one list. They are links, because each has an address. */
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav aria-label={label} className="-mb-px flex gap-1 overflow-x-auto px-2 sm:px-3">
      {tabs.map(({ name, to, active, count }) => (
        <Link
          key={name}
          to={to}
          aria-current={active ? "page" : undefined}
          className="border-b-2 border-transparent px-2.5 py-2.5 text-sm whitespace-nowrap text-muted -outline-offset-4 hover:text-ink aria-[current=page]:border-link aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {name}
          {count !== undefined && " "}
          {count !== undefined && <span className="ml-1.5 text-xs text-muted tabular-nums">{count}</span>}
        </Link>
      ))}
    </nav>
  );
}
