import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useChangePreferences, usePreferences } from "../context/preferences";
import type { ListPage } from "../services/client";
import { formatTotal } from "../services/format";
import { asApiError } from "../services/problem";
import { Button, ButtonLink, IconButton } from "./Button";
import { EmptyState } from "./EmptyState";
import { ErrorView } from "./ErrorView";
import { ColumnsIcon, DownIcon, LeftIcon, RightIcon, SearchIcon, WarningIcon } from "./icons";
import { useListState } from "./listState";
import { Menu, MenuCheck, MenuLabel } from "./Menu";
import { Card } from "./Page";
import { SkeletonRows } from "./Skeleton";

export interface Column<T> {
  id: string;
  name: string;
  cell: (row: T) => ReactNode;
  align?: "right";
  /** The column that names the row; it is always shown. */
  main?: boolean;
  /** Hidden in narrower windows. */
  from?: "md" | "lg" | "xl";
  /** Its heading is for screen readers only. */
  quiet?: boolean;
  /** The API's name of the column, if the list can be sorted by it. */
  sort?: string | undefined;
}

interface DataTableProps<T> {
  /** The name under which preferences keep the hidden columns. */
  name: string;
  caption: string;
  loading: string;
  columns: Column<T>[];
  rowId: (row: T) => string;
  query: UseQueryResult<ListPage<T>>;
  /** The rows that have just changed. */
  flashing?: ReadonlySet<string>;
  tabs?: ReactNode;
  /** Search and filters. */
  toolbar?: ReactNode;
  /** How the list is sorted, such as "-total". */
  sort?: string | undefined;
  /** Whether filters leave rows out. */
  filtered: boolean;
  /** Shown when the list has no rows at all. */
  empty: ReactNode;
}

const edge = "first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5";
const shownFrom = { md: "max-md:hidden", lg: "max-lg:hidden", xl: "max-xl:hidden" };

/** A list from the server, page by page. The address keeps its filters and its page. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { t } = useTranslation();
  const { query, columns, caption, loading, rowId, tabs, toolbar, name, flashing, sort } = props;
  const hidden = usePreferences().hidden_columns[name];
  const shown = columns.filter((column) => column.main === true || !hidden?.includes(column.id));
  // On a phone the main column shrinks, so that the others stay visible.
  const look = ({ from, align, main }: Column<T>) =>
    `${edge} ${main ? "max-md:w-full max-md:max-w-0" : ""} ${from ? shownFrom[from] : ""} ${align === "right" ? "text-right" : "text-left"}`;
  const stale = query.isPlaceholderData;
  const rows = query.data?.rows ?? [];
  return (
    <>
      <Card className="relative overflow-hidden">
        {tabs && <div className="border-b border-line">{tabs}</div>}
        {toolbar && (
          <div className="flex flex-wrap items-start gap-2 border-b border-line p-3 sm:px-4">
            {toolbar}
            <ColumnsMenu name={name} columns={columns} />
          </div>
        )}
        {stale && <div className="absolute inset-x-0 top-0 h-0.5 animate-pulse bg-accent" />}
        {query.isPending && <SkeletonRows rows={8} label={loading} />}
        {query.isError && !query.data && <Failed {...props} />}
        {query.data?.rows.length === 0 && <Nothing {...props} />}
        {rows.length > 0 && (
          <div className="overflow-x-auto">
            <table className="w-full text-sm" aria-busy={stale}>
              <caption className="sr-only">{caption}</caption>
              <thead className="border-b border-line bg-sunken/60 text-xs text-muted">
                <tr>
                  {shown.map((column) => (
                    <th
                      key={column.id}
                      scope="col"
                      aria-sort={ariaSort(column, sort)}
                      className={`px-3 py-2 font-medium whitespace-nowrap ${look(column)}`}
                    >
                      {column.sort === undefined ? (
                        <span className={column.quiet ? "sr-only" : ""}>{column.name}</span>
                      ) : (
                        <SortLink column={column} by={column.sort} sort={sort} />
                      )}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody className="divide-y divide-line">
                {rows.map((row) => (
                  <tr
                    key={rowId(row)}
                    className={`h-14 hover:bg-sunken/50 md:h-12 ${flashing?.has(rowId(row)) ? "animate-flash" : ""}`}
                  >
                    {shown.map((column) => {
                      const Tag = column.main ? "th" : "td";
                      return (
                        <Tag
                          key={column.id}
                          {...(column.main ? { scope: "row" } : {})}
                          className={`px-3 py-1.5 align-middle font-normal ${look(column)}`}
                        >
                          {column.cell(row)}
                        </Tag>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      {query.data && <Pages page={query.data} stale={stale} rows={query.data.rows.length} />}
      <p role="status" className="sr-only">
        {query.isSuccess && !stale && query.data.total !== undefined && resultCount(t, query.data.total)}
      </p>
    </>
  );
}

function ariaSort<T>(column: Column<T>, sort: string | undefined) {
  if (column.sort === undefined || sort === undefined) return undefined;
  if (sort === column.sort) return "ascending";
  return sort === `-${column.sort}` ? "descending" : undefined;
}

/** Sorts by a column: first descending, then ascending. */
function SortLink<T>({ column, by, sort }: { column: Column<T>; by: string; sort: string | undefined }) {
  const { to } = useListState();
  const ascending = sort === by;
  const active = ascending || sort === `-${by}`;
  return (
    <Link
      to={to({ sort: sort === `-${by}` ? by : `-${by}` })}
      className={`group -mx-1 inline-flex min-h-6 items-center gap-1 rounded px-1 hover:text-ink ${column.align === "right" ? "flex-row-reverse" : ""} ${active ? "text-ink" : ""}`}
    >
      {column.name}
      <DownIcon
        className={`size-3 ${ascending ? "rotate-180" : ""} ${active ? "" : "opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"}`}
      />
    </Link>
  );
}

type T_ = ReturnType<typeof useTranslation>["t"];
const resultCount = (t: T_, total: string) =>
  t("table.results", { count: Number.parseInt(total, 10) || 0, shown: formatTotal(total) });

function ColumnsMenu<T>({ name, columns }: { name: string; columns: Column<T>[] }) {
  const { t } = useTranslation();
  const { hidden_columns: all } = usePreferences();
  const change = useChangePreferences();
  const hidden = all[name] ?? [];
  const set = (id: string, shown: boolean) =>
    change({ hidden_columns: { ...all, [name]: shown ? hidden.filter((one) => one !== id) : [...hidden, id] } });
  return (
    <div className="ml-auto max-md:hidden">
      <Menu
        trigger={
          <IconButton label={t("table.columns")} look="secondary">
            <ColumnsIcon />
          </IconButton>
        }
      >
        <MenuLabel>{t("table.showColumns")}</MenuLabel>
        {columns
          .filter((column) => !column.main && !column.quiet)
          .map((column) => (
            <MenuCheck key={column.id} checked={!hidden.includes(column.id)} onChange={(on) => set(column.id, on)}>
              {column.name}
            </MenuCheck>
          ))}
      </Menu>
    </div>
  );
}

function Failed<T>({ query }: DataTableProps<T>) {
  const { t } = useTranslation();
  const { search, to } = useListState();
  const refused = asApiError(query.error).fields.map(({ location }) => location);
  // An old link, or a list that has grown.
  if (refused.includes("query.sort")) {
    return (
      <EmptyState icon={<WarningIcon className="size-6" />} title={t("table.tooMany")} text={t("table.tooManyText")}>
        <ButtonLink to={to({ sort: undefined })}>{t("table.unsorted")}</ButtonLink>
      </EmptyState>
    );
  }
  // A mistyped address, or one of another version: asking again would not help.
  if (refused.includes("query.cursor")) return <NothingMore />;
  if (refused.some((location) => location.startsWith("query."))) {
    return (
      <EmptyState icon={<WarningIcon className="size-6" />} title={t("errors.failed")} text={asApiError(query.error).message}>
        <ButtonLink to={to(cleared(search))}>{t("table.clear")}</ButtonLink>
      </EmptyState>
    );
  }
  return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
}

const cleared = (search: URLSearchParams) => Object.fromEntries([...search.keys()].map((key) => [key, undefined]));

function NothingMore() {
  const { t } = useTranslation();
  const { to } = useListState();
  return (
    <EmptyState icon={<SearchIcon className="size-6" />} title={t("table.noMatch")} text={t("table.nothingMore")}>
      <ButtonLink to={to({})}>{t("table.first")}</ButtonLink>
    </EmptyState>
  );
}

function Nothing<T>({ filtered, empty }: DataTableProps<T>) {
  const { t } = useTranslation();
  const { cursor, search, to } = useListState();
  if (cursor !== undefined) return <NothingMore />;
  if (!filtered) return empty;
  return (
    <EmptyState icon={<SearchIcon className="size-6" />} title={t("table.noMatch")} text={t("table.noMatchText")}>
      <ButtonLink to={to(cleared(search))}>{t("table.clear")}</ButtonLink>
    </EmptyState>
  );
}

/** The number of results, and links to the previous and the next page. */
export function Pages({ page, stale, rows }: { page: { total: string | undefined; next: string | undefined }; stale: boolean; rows: number }) {
  const { t } = useTranslation();
  const { cursor, trail } = useListState();
  const before = trail.at(-1);
  if (rows === 0 && before === undefined) return null;
  return (
    <nav aria-label={t("table.pages")} className="mt-4 flex min-h-9 items-center justify-between gap-2">
      <p className="text-sm text-muted">{page.total !== undefined && resultCount(t, page.total)}</p>
      {/* A list of one page needs no way on. */}
      <div className={before === undefined && page.next === undefined && !stale ? "hidden" : "flex gap-2"}>
        <PageLink to={before} trail={trail.slice(0, -1)}>
          <LeftIcon /> {t("table.previous")}
        </PageLink>
        <PageLink to={stale ? undefined : page.next} trail={[...trail, cursor ?? ""]}>
          {t("table.next")} <RightIcon />
        </PageLink>
      </div>
    </nav>
  );
}

interface PageLinkProps {
  /** The cursor of the page, "" for the first; undefined when there is none. */
  to: string | undefined;
  trail: string[];
  children: ReactNode;
}

function PageLink({ to, trail, children }: PageLinkProps) {
  const { search } = useListState();
  if (to === undefined) return <Button disabled>{children}</Button>;
  const next = new URLSearchParams(search);
  if (to === "") next.delete("cursor");
  else next.set("cursor", to);
  return (
    <ButtonLink to={{ search: next.toString() }} state={{ trail }}>
      {children}
    </ButtonLink>
  );
}
