import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Button, IconButton } from "../../components/Button";
import { Pages } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { ErrorView } from "../../components/ErrorView";
import { BoxIcon, DotsIcon, EditIcon, SwapIcon, TrashIcon } from "../../components/icons";
import { useListState } from "../../components/listState";
import { Menu, MenuItem } from "../../components/Menu";
import { Card, Page } from "../../components/Page";
import { Skeleton, SkeletonRows } from "../../components/Skeleton";
import { formatCount, formatMoney, formatTime } from "../../services/format";
import { useItem, useMovements } from "../../services/inventory";
import { useIsAdmin } from "../../services/users";
import type { Item } from "../../types/inventory";
import { DeleteItem } from "./DeleteItem";
import { Ledger } from "./Ledger";
import { StockBadge, StockBar } from "./Stock";

const AdjustItem = lazy(async () => ({ default: (await import("./AdjustItem")).AdjustItem }));
const ItemDialog = lazy(async () => ({ default: (await import("./ItemDialog")).ItemDialog }));
const LedgerChart = lazy(async () => ({ default: (await import("./LedgerChart")).LedgerChart }));

export function ItemDetails() {
  const { t } = useTranslation("inventory");
  const id = Number(useParams().id);
  const isAdmin = useIsAdmin();
  const item = useItem(id);
  const [open, setOpen] = useState<"edit" | "adjust" | "delete">();
  const close = () => setOpen(undefined);
  const data = item.data?.item;
  const valid = Number.isSafeInteger(id) && id > 0;
  return (
    <Page
      title={data ? data.name || data.sku : t("title")}
      parent={{ to: "/app/inventory", name: t("title") }}
      subtitle={data && <span className="font-mono break-all">{data.sku}</span>}
      actions={
        data &&
        isAdmin && (
          <>
            <Button look="primary" onClick={() => setOpen("adjust")}>
              <SwapIcon /> {t("adjust")}
            </Button>
            <Menu
              trigger={
                <IconButton label={t("common.actions")} look="secondary">
                  <DotsIcon />
                </IconButton>
              }
            >
              <MenuItem icon={<EditIcon />} onSelect={() => setOpen("edit")}>
                {t("common.edit")}
              </MenuItem>
              <MenuItem danger icon={<TrashIcon />} onSelect={() => setOpen("delete")}>
                {t("delete")}
              </MenuItem>
            </Menu>
          </>
        )
      }
    >
      {valid && item.isPending && (
        <Card>
          <SkeletonRows rows={4} label={t("loadingOne")} />
        </Card>
      )}
      {!valid && <EmptyState icon={<BoxIcon className="size-6" />} title={t("errors.notFound")} text={t("errors.noPageText")} />}
      {item.isError && !data && (
        <Card>
          <ErrorView error={item.error} onRetry={() => void item.refetch()} />
        </Card>
      )}
      {data && (
        <div className="space-y-5">
          <Figures item={data} />
          {isAdmin && <History id={data.id} />}
        </div>
      )}
      <Suspense>
      {data && open === "edit" && <ItemDialog id={data.id} onClose={close} />}
      {data && open === "adjust" && <AdjustItem item={data} onClose={close} />}
      </Suspense>
      {data && open === "delete" && <DeleteItem item={data} onClose={close} />}
    </Page>
  );
}

function Figures({ item }: { item: Item }) {
  const { t } = useTranslation("inventory");
  const figures: [string, string][] = [
    [t("available"), formatCount(item.qty)],
    [t("allocated"), formatCount(item.allocated)],
    [t("reorder"), formatCount(item.reorder_level)],
    [t("price"), item.price === null ? t("noPrice") : formatMoney(item.price)],
  ];
  return (
    <Card>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-5 p-4 sm:grid-cols-4 sm:p-5">
        {figures.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-sm text-muted">{name}</dt>
            <dd className="mt-1 text-xl font-semibold tracking-tight break-words tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line px-4 py-3 sm:px-5">
        <StockBadge item={item} />
        <div className="min-w-40 flex-1">
          <StockBar item={item} />
        </div>
        <span className="text-xs text-muted">
          {t("updated")} {formatTime(item.updated_at)}
        </span>
      </div>
    </Card>
  );
}

/** The ledger as a chart of its last changes, and as a table. */
function History({ id }: { id: number }) {
  const { t } = useTranslation("inventory");
  const { cursor } = useListState();
  const movements = useMovements(id, cursor);
  const recent = useMovements(id, undefined, 200);
  return (
    <>
      {recent.data && recent.data.rows.length > 1 && (
        <Card title={t("chart")}>
          <div className="h-56 px-2 py-4 sm:px-4">
            <Suspense fallback={<Skeleton className="h-full w-full" />}>
              <LedgerChart movements={recent.data.rows} />
            </Suspense>
          </div>
        </Card>
      )}
      <div>
        <Card title={t("ledger")} className="overflow-hidden">
          {movements.isPending && <SkeletonRows rows={4} label={t("loadingLedger")} />}
          {movements.isError && !movements.data && (
            <ErrorView error={movements.error} onRetry={() => void movements.refetch()} />
          )}
          {movements.data?.rows.length === 0 && (
            <EmptyState
              icon={<BoxIcon className="size-6" />}
              title={t("noMovements")}
              text={t("noMovementsText")}
            />
          )}
          {movements.data && movements.data.rows.length > 0 && (
            <Ledger movements={movements.data.rows} stale={movements.isPlaceholderData} />
          )}
        </Card>
        {movements.data && (
          <Pages page={movements.data} stale={movements.isPlaceholderData} rows={movements.data.rows.length} />
        )}
      </div>
    </>
  );
}
