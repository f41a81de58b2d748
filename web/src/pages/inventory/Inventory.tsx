import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Button, IconButton } from "../../components/Button";
import { type Column, DataTable } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { BoxIcon, DotsIcon, PlusIcon } from "../../components/icons";
import { useListState } from "../../components/listState";
import { Menu, MenuItem, MenuLine } from "../../components/Menu";
import { Page } from "../../components/Page";
import { Tabs } from "../../components/Tabs";
import { SearchBox } from "../../components/Toolbar";
import { formatCount, formatMoney, formatTime } from "../../services/format";
import { useItems } from "../../services/inventory";
import { useIsAdmin } from "../../services/users";
import type { Item } from "../../types/inventory";
import { DeleteItem } from "./DeleteItem";
import { StockBadge, StockBar } from "./Stock";

const AdjustItem = lazy(async () => ({ default: (await import("./AdjustItem")).AdjustItem }));
const ItemDialog = lazy(async () => ({ default: (await import("./ItemDialog")).ItemDialog }));

type Open = { what: "new" } | { what: "edit" | "adjust" | "delete"; item: Item };

export function Inventory({ fileActions }: { fileActions: ReactNode }) {
  const { t } = useTranslation("inventory");
  const isAdmin = useIsAdmin();
  const { search, cursor, to } = useListState();
  const low = search.get("low_stock") === "true";
  const q = search.get("q")?.slice(0, 200);
  const query = useItems({ q: q ?? undefined, low_stock: low || undefined, cursor });
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const columns = useColumns(isAdmin, setOpen);
  return (
    <Page
      title={t("title")}
      subtitle={t("subtitle")}
      actions={
        <>
          {fileActions}
          {isAdmin && (
            <Button look="primary" onClick={() => setOpen({ what: "new" })}>
              <PlusIcon /> {t("new")}
            </Button>
          )}
        </>
      }
    >
      <DataTable
        name="inventory"
        caption={t("caption")}
        loading={t("loading")}
        columns={columns}
        rowId={(item) => String(item.id)}
        query={query}
        filtered={[...search.keys()].some((key) => key !== "cursor")}
        tabs={
          <Tabs
            label={t("views")}
            tabs={[
              { name: t("all"), to: to({ low_stock: undefined }), active: !low },
              { name: t("low"), to: to({ low_stock: "true" }), active: low },
            ]}
          />
        }
        toolbar={<SearchBox label={t("search")} />}
        empty={
          <EmptyState icon={<BoxIcon className="size-6" />} title={t("empty")} text={t("emptyText")}>
            {isAdmin && (
              <Button look="primary" onClick={() => setOpen({ what: "new" })}>
                {t("createFirst")}
              </Button>
            )}
          </EmptyState>
        }
      />
      <Suspense>
      {open?.what === "new" && <ItemDialog onClose={close} />}
      {open?.what === "edit" && <ItemDialog id={open.item.id} onClose={close} />}
      {open?.what === "adjust" && <AdjustItem item={open.item} onClose={close} />}
      </Suspense>
      {open?.what === "delete" && <DeleteItem item={open.item} onClose={close} />}
    </Page>
  );
}

function useColumns(isAdmin: boolean, onOpen: (open: Open) => void) {
  const { t, i18n } = useTranslation("inventory");
  const { language } = i18n;
  return useMemo<Column<Item>[]>(() => {
    const columns: (Column<Item> | false)[] = [
      {
        id: "item",
        name: t("name"),
        main: true,
        cell: (item) => (
          <Link to={`/app/inventory/${item.id}`} className="group block max-w-72 min-w-0">
            <span className="block truncate font-medium group-hover:underline">{item.name || item.sku}</span>
            <span className="block truncate font-mono text-xs text-muted">{item.sku}</span>
          </Link>
        ),
      },
      { id: "stock", name: t("stock"), from: "md", cell: (item) => <StockBar item={item} /> },
      { id: "state", name: t("state"), from: "lg", cell: (item) => <StockBadge item={item} /> },
      {
        id: "available",
        name: t("available"),
        align: "right",
        cell: (item) => (
          <span className={`font-medium tabular-nums ${stockColour(item)}`}>
            {formatCount(item.qty)}
          </span>
        ),
      },
      {
        id: "allocated",
        name: t("allocated"),
        align: "right",
        from: "lg",
        cell: (item) => <span className="text-muted tabular-nums">{formatCount(item.allocated)}</span>,
      },
      {
        id: "reorder",
        name: t("reorder"),
        align: "right",
        from: "xl",
        cell: (item) => <span className="text-muted tabular-nums">{formatCount(item.reorder_level)}</span>,
      },
      {
        id: "price",
        name: t("price"),
        align: "right",
        cell: (item) => <span className="tabular-nums">{item.price === null ? "–" : formatMoney(item.price)}</span>,
      },
      {
        id: "updated",
        name: t("updated"),
        from: "xl",
        cell: (item) => <span className="whitespace-nowrap text-muted">{formatTime(item.updated_at)}</span>,
      },
      isAdmin && {
        id: "actions",
        name: t("common.actions"),
        quiet: true,
        align: "right",
        from: "md",
        cell: (item) => (
          <Menu
            trigger={
              <IconButton label={t("common.tableActions", { name: item.sku })} size="tiny">
                <DotsIcon />
              </IconButton>
            }
          >
            <MenuItem onSelect={() => onOpen({ what: "adjust", item })}>{t("adjust")}</MenuItem>
            <MenuItem onSelect={() => onOpen({ what: "edit", item })}>{t("common.edit")}</MenuItem>
            <MenuLine />
            <MenuItem danger onSelect={() => onOpen({ what: "delete", item })}>
              {t("delete")}
            </MenuItem>
          </Menu>
        ),
      },
    ];
    return columns.filter((column) => column !== false);
    // The language decides the names and how numbers are written.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [t, language, isAdmin, onOpen]);
}

function stockColour({ qty, reorder_level }: Item) {
  if (qty === 0) return "text-danger";
  return qty < reorder_level ? "text-amber-text" : "";
}
