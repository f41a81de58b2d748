import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ButtonLink, IconButton } from "../../components/Button";
import { type Column, DataTable } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { TextField } from "../../components/Field";
import { FileActions } from "../../components/FileActions";
import { useFlashing } from "../../components/flashing";
import { BoxIcon, DotsIcon, PlusIcon } from "../../components/icons";
import { useListState } from "../../components/listState";
import { Menu, MenuItem, MenuLine } from "../../components/Menu";
import { Page } from "../../components/Page";
import { Person } from "../../components/Person";
import { StatusBadge } from "../../components/StatusBadge";
import { Tabs } from "../../components/Tabs";
import { Filters, SearchBox } from "../../components/Toolbar";
import { useOrdersSummary } from "../../services/analytics";
import { formatCount, formatMoney, formatShortTime, formatTime, shortId } from "../../services/format";
import { isDeletable, nextStatuses, type OrdersFilter, sorts, type Status, statuses, useOrders } from "../../services/orders";
import { oneOf } from "../../services/read";
import { type Names, useIsAdmin, useNames } from "../../services/users";
import type { Order } from "../../types/orders";
import { type StatusChange, useStatusChange } from "./statusChange";

const DeleteOrder = lazy(async () => ({ default: (await import("./DeleteOrder")).DeleteOrder }));
const ChangeStatus = lazy(async () => ({ default: (await import("./ChangeStatus")).ChangeStatus }));

/** The filters of an address. What the API would refuse is left out. */
function filterOf(search: URLSearchParams, isAdmin: boolean): OrdersFilter {
  const matching = (name: string, pattern: RegExp) => {
    const value = search.get(name) ?? "";
    return pattern.test(value) ? value : undefined;
  };
  const day = (name: string) => {
    const value = matching(name, /^\d{4}-\d\d-\d\d$/) ?? "";
    const date = new Date(value);
    // Where a month is shorter, it would be a day of the next.
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

export function Orders() {
  const { t } = useTranslation();
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
  const few = query.data?.total !== "10000+"; // more are not sorted, but as they stand anyway
  const buyer = filter.user_id;
  const names = useNames([...(query.data?.rows ?? []).map(({ user_id }) => user_id), ...(buyer === undefined ? [] : [buyer])]);
  const columns = useColumns({ isAdmin, names, byPlaced: few || !filter.q, byOthers: few, ask: statusChange.ask, onDelete: setDeleting });
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
      title={t("orders.title")}
      subtitle={isAdmin ? t("orders.subtitle") : t("orders.subtitleOwn")}
      actions={
        <>
          <FileActions kind="orders" canImport={isAdmin} />
          <ButtonLink to="/app/new-order" look="primary">
            <PlusIcon /> {t("orders.new")}
          </ButtonLink>
        </>
      }
    >
      <DataTable
        name="orders"
        caption={filter.q ? t("orders.captionSearch") : t("orders.caption")}
        loading={t("orders.loading")}
        columns={columns}
        rowId={(order) => order.id}
        query={query}
        flashing={flashing}
        sort={filter.sort ?? (filter.q ? undefined : "-created_at")}
        filtered={[...search.keys()].some((key) => key !== "cursor" && key !== "sort")}
        tabs={
          <Tabs
            label={t("orders.statuses")}
            tabs={[
              { name: t("orders.all"), to: to({ status: undefined }), active: filter.status === undefined, count: counts?.all },
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
            <SearchBox label={t("orders.search")} />
            <Filters names={filterNames}>
              {text("created_from", t("orders.from"), "date")}
              {text("created_to", t("orders.until"), "date")}
              {text("sku", t("orders.sku"))}
              {isAdmin && text("user_id", t("orders.buyerId"), "number")}
              {buyer !== undefined && (
                <p className="max-w-64 min-w-0 truncate py-2 text-sm text-muted">
                  {t("orders.buyer")}: <Person id={buyer} names={names} />
                </p>
              )}
            </Filters>
          </>
        }
        empty={
          <EmptyState icon={<BoxIcon className="size-6" />} title={t("orders.empty")} text={t("orders.emptyText")}>
            <ButtonLink to="/app/new-order" look="primary">
              {t("orders.placeFirst")}
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

/** How many orders stand where. They are of all orders, so they are not shown where others are looked for. */
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
  names: Names;
  /** Whether the list can be sorted by when orders were placed, and by other columns. */
  byPlaced: boolean;
  byOthers: boolean;
  ask: StatusChange["ask"];
  onDelete: (order: Order) => void;
}

function useColumns({ isAdmin, names, byPlaced, byOthers, ask, onDelete }: ColumnsProps) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  return useMemo<Column<Order>[]>(() => {
    const columns: (Column<Order> | false)[] = [
      {
        id: "order",
        name: t("orders.order"),
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
        name: t("orders.placed"),
        from: "md",
        sort: byPlaced ? "created_at" : undefined,
        cell: (order) => <span className="whitespace-nowrap text-muted">{formatTime(order.created_at)}</span>,
      },
      isAdmin && {
        id: "buyer",
        name: t("orders.buyer"),
        from: "md",
        cell: ({ user_id }) => (
          <Link to={{ search: `user_id=${user_id}` }} className="line-clamp-1 max-w-40 min-w-24 break-all xl:min-w-28 text-muted hover:text-ink hover:underline">
            <Person id={user_id} names={names} />
          </Link>
        ),
      },
      { id: "items", name: t("orders.items"), from: isAdmin ? "xl" : "lg", cell: (order) => <Lines order={order} /> },
      { id: "status", name: t("orders.statuses"), cell: (order) => <StatusBadge status={order.status} /> },
      {
        id: "updated",
        name: t("orders.updated"),
        from: "xl",
        sort: byOthers ? "updated_at" : undefined,
        cell: (order) => <span className="whitespace-nowrap text-muted">{formatTime(order.updated_at)}</span>,
      },
      {
        id: "total",
        name: t("orders.total"),
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
                  {t(`orders.markVerb.${status}`)}
                </MenuItem>
              ))}
              {next.length > 0 && deletable && <MenuLine />}
              {deletable && (
                <MenuItem danger onSelect={() => onDelete(order)}>
                  {t("orders.delete")}
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
  }, [t, language, isAdmin, names, byPlaced, byOthers, ask, onDelete]);
}

function Lines({ order }: { order: Order }) {
  const { t } = useTranslation();
  const [first, ...others] = order.items;
  if (!first) return t("common.none");
  return (
    <span className="line-clamp-1 break-all text-muted">
      {first.quantity} × {first.sku}
      {others.length > 0 && ` ${t("orders.moreLines", { count: others.length })}`}
    </span>
  );
}
