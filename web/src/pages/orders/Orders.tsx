import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Badge } from "../../components/Badge";
import { ButtonLink, IconButton } from "../../components/Button";
import { type Column, DataTable } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { TextField } from "../../components/Field";
import { useFlashing } from "../../components/flashing";
import { BoxIcon, DotsIcon, PlusIcon } from "../../components/icons";
import { useListState } from "../../components/listState";
import { Menu, MenuItem, MenuLine } from "../../components/Menu";
import { Name } from "../../components/Name";
import { Page } from "../../components/Page";
import { Tabs } from "../../components/Tabs";
import { Filters, SearchBox } from "../../components/Toolbar";
import { useOrdersSummary } from "../../services/analytics";
import { formatCount, formatMoney, formatShortTime, formatTime, shortId } from "../../services/format";
import { isDeletable, nextStatuses, type OrdersFilter, sorts, type Status, statusColours, statuses, useOrders } from "../../services/orders";
import { oneOf } from "../../services/read";
import { useIsAdmin, useNames, useNaming } from "../../services/users";
import type { Order } from "../../types/orders";
import { type StatusChange, useStatusChange } from "./statusChange";

const DeleteOrder = lazy(async () => ({ default: (await import("./DeleteOrder")).DeleteOrder }));
const ChangeStatus = lazy(async () => ({ default: (await import("./ChangeStatus")).ChangeStatus }));

/** The filters in an address, without those that the API would refuse. */
function filterOf(search: URLSearchParams, isAdmin: boolean): OrdersFilter {
  const matching = (name: string, pattern: RegExp) => {
    const value = search.get(name) ?? "";
    return pattern.test(value) ? value : undefined;
  };
  const day = (name: string) => {
    const value = matching(name, /^\d{4}-\d\d-\d\d$/) ?? "";
    const date = new Date(value);
    // Date would read February 30 as March 2.
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value) ? value : undefined;
  };
  const buyer = matching("user_id", /^[1-9]\d{0,14}$/);
  return {
    status: oneOf(statuses, search.get("status")),
    q: matching("q", /^.{1,64}$/),
    sku: matching("sku", /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    user_id: isAdmin && buyer !== undefined ? Number(buyer) : undefined,
    created_from: day("created_from"),
    created_to: day("created_to"),
    sort: oneOf(sorts, search.get("sort")),
  };
}

export function Orders({ fileActions }: { fileActions: ReactNode }) {
  const { t } = useTranslation("orders");
  const isAdmin = useIsAdmin();
  const { search, cursor, to, change } = useListState();
  const filter = filterOf(search, isAdmin);
  const query = useOrders({ ...filter, cursor });
  const counts = useCounts(search);
  const flashing = useFlashing(
    query.data && !query.isPlaceholderData
      ? Object.fromEntries(query.data.rows.map(({ id, updated_at, status }) => [id, `${status} ${updated_at}`]))
      : undefined,
    JSON.stringify([filter, cursor]),
  );
  const statusChange = useStatusChange();
  const [deleting, setDeleting] = useState<Order>();
  const few = query.data?.total !== "10000+"; // the API does not sort more
  const buyer = filter.user_id;
  const nameOf = useNaming(useNames([...(query.data?.rows ?? []).map(({ user_id }) => user_id), ...(buyer === undefined ? [] : [buyer])]));
  const columns = useColumns({ isAdmin, nameOf, byPlaced: few || !filter.q, byOthers: few, ask: statusChange.ask, onDelete: setDeleting });
  const filterNames = ["sku", "created_from", "created_to", ...(isAdmin ? ["user_id"] : [])];
  const text = (name: string, label: string, type = "text") => (
    <TextField
      key={`${name}=${search.get(name) ?? ""}`}
      label={label}
      type={type}
      defaultValue={search.get(name) ?? ""}
      autoComplete="off"
      {...(type === "number" ? { min: 1 } : {})}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
      }}
      onBlur={(event) => {
        if (event.target.value !== (search.get(name) ?? "")) change({ [name]: event.target.value });
      }}
    />
  );
  return (
    <Page
      title={t("title")}
      subtitle={isAdmin ? t("subtitle") : t("subtitleOwn")}
      actions={
        <>
          {fileActions}
          <ButtonLink to="/app/new-order" look="primary">
            <PlusIcon /> {t("new")}
          </ButtonLink>
        </>
      }
    >
      <DataTable
        name="orders"
        caption={filter.q ? t("captionSearch") : t("caption")}
        loading={t("loading")}
        columns={columns}
        rowId={(order) => order.id}
        query={query}
        flashing={flashing}
        sort={filter.sort ?? (filter.q ? undefined : "-created_at")}
        filtered={[...search.keys()].some((key) => key !== "cursor" && key !== "sort")}
        tabs={
          <Tabs
            label={t("statuses")}
            tabs={[
              { name: t("all"), to: to({ status: undefined }), active: filter.status === undefined, count: counts?.all },
              ...statuses.map((status) => ({
                name: t(`status.${status}`),
                to: to({ status }),
                active: filter.status === status,
                count: counts?.[status],
              })),
            ]}
          />
        }
        toolbar={
          <>
            <SearchBox label={t("search")} />
            <Filters names={filterNames}>
              {text("created_from", t("from"), "date")}
              {text("created_to", t("until"), "date")}
              {text("sku", t("sku"))}
              {isAdmin && text("user_id", t("buyerId"), "number")}
              {buyer !== undefined && (
                <p className="max-w-64 min-w-0 truncate py-2 text-sm text-muted">
                  {t("buyer")}: <Name of={nameOf(buyer)} />
                </p>
              )}
            </Filters>
          </>
        }
        empty={
          <EmptyState icon={<BoxIcon className="size-6" />} title={t("empty")} text={t("emptyText")}>
            <ButtonLink to="/app/new-order" look="primary">
              {t("placeFirst")}
            </ButtonLink>
          </EmptyState>
        }
      />
      <Suspense>
        {statusChange.asked && <ChangeStatus change={statusChange} />}
        {deleting && <DeleteOrder order={deleting} onClose={() => setDeleting(undefined)} />}
      </Suspense>
    </Page>
  );
}

/** How many orders have each status. They count all orders, so they are hidden while filters apply. */
function useCounts(search: URLSearchParams): Partial<Record<Status | "all", string>> | undefined {
  const narrowed = ["q", "sku", "user_id", "created_from", "created_to"].some((name) => search.has(name));
  const summary = useOrdersSummary(!narrowed).data;
  if (narrowed || !summary) return undefined;
  const counts = statuses.map((status): [Status, number] => [status, summary.status_breakdown[status] ?? 0]);
  return {
    all: formatCount(counts.reduce((sum, [, count]) => sum + count, 0)),
    ...Object.fromEntries(counts.map(([status, count]) => [status, formatCount(count)])),
  };
}

interface ColumnsProps {
  isAdmin: boolean;
  nameOf: (id: number) => string;
  /** Whether the list can be sorted by the time of placing, and by other columns. */
  byPlaced: boolean;
  byOthers: boolean;
  ask: StatusChange["ask"];
  onDelete: (order: Order) => void;
}

function useColumns({ isAdmin, nameOf, byPlaced, byOthers, ask, onDelete }: ColumnsProps) {
  const { t, i18n } = useTranslation("orders");
  const { language } = i18n;
  return useMemo<Column<Order>[]>(() => {
    const columns: (Column<Order> | false)[] = [
      {
        id: "order",
        name: t("order"),
        main: true,
        cell: (order) => (
          <>
            <Link
              to={`/app/orders/${order.id}`}
              aria-label={order.id}
              title={order.id}
              className="font-mono text-[0.8125rem] font-medium whitespace-nowrap text-link hover:underline"
            >
              {shortId(order.id)}
            </Link>
            <span className="mt-0.5 block text-xs whitespace-nowrap text-muted md:hidden">{formatShortTime(order.created_at)}</span>
          </>
        ),
      },
      {
        id: "placed",
        name: t("placed"),
        from: "md",
        sort: byPlaced ? "created_at" : undefined,
        cell: (order) => <span className="whitespace-nowrap text-muted">{formatTime(order.created_at)}</span>,
      },
      isAdmin && {
        id: "buyer",
        name: t("buyer"),
        from: "md",
        cell: ({ user_id }) => (
          <Link to={{ search: `user_id=${user_id}` }} className="line-clamp-1 max-w-40 min-w-24 break-all xl:min-w-28 text-muted hover:text-ink hover:underline">
            <Name of={nameOf(user_id)} />
          </Link>
        ),
      },
      { id: "items", name: t("items"), from: isAdmin ? "xl" : "lg", cell: (order) => <Lines order={order} /> },
      { id: "status", name: t("statuses"), cell: ({ status }) => <Badge colour={statusColours[status]}>{t(`status.${status}`)}</Badge> },
      {
        id: "updated",
        name: t("updated"),
        from: "xl",
        sort: byOthers ? "updated_at" : undefined,
        cell: (order) => <span className="whitespace-nowrap text-muted">{formatTime(order.updated_at)}</span>,
      },
      {
        id: "total",
        name: t("total"),
        align: "right",
        sort: byOthers ? "total" : undefined,
        cell: (order) => <span className="font-medium whitespace-nowrap tabular-nums">{formatMoney(order.total)}</span>,
      },
      {
        id: "actions",
        name: t("common.actions"),
        quiet: true,
        align: "right",
        from: "md",
        cell: (order) => {
          const next = nextStatuses(order, isAdmin);
          const deletable = isDeletable(order, isAdmin);
          if (next.length === 0 && !deletable) return null;
          return (
            <Menu
              trigger={
                <IconButton label={t("common.tableActions", { name: order.id })} size="tiny">
                  <DotsIcon />
                </IconButton>
              }
            >
              {next.map((status) => (
                <MenuItem key={status} danger={status === "cancelled"} onSelect={() => ask(order, status)}>
                  {t(`markVerb.${status}`)}
                </MenuItem>
              ))}
              {next.length > 0 && deletable && <MenuLine />}
              {deletable && (
                <MenuItem danger onSelect={() => onDelete(order)}>
                  {t("delete")}
                </MenuItem>
              )}
            </Menu>
          );
        },
      },
    ];
    return columns.filter((column) => column !== false);
    // The language decides the names and how times are written.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [t, language, isAdmin, nameOf, byPlaced, byOthers, ask, onDelete]);
}

function Lines({ order }: { order: Order }) {
  const { t } = useTranslation("orders");
  const [first, ...others] = order.items;
  if (!first) return t("common.none");
  return (
    <span className="line-clamp-1 break-all text-muted">
      {first.quantity} × {first.sku}
      {others.length > 0 && ` ${t("moreLines", { count: others.length })}`}
    </span>
  );
}
