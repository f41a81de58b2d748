import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Button, IconButton } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { ErrorView } from "../../components/ErrorView";
import { DotsIcon, TrashIcon } from "../../components/icons";
import { Menu, MenuItem } from "../../components/Menu";
import { Card, Page } from "../../components/Page";
import { Skeleton, SkeletonRows } from "../../components/Skeleton";
import { StatusBadge } from "../../components/StatusBadge";
import { withTexts } from "../../i18n";
import { formatCount, formatMoney, formatTime, inCents } from "../../services/format";
import { isDeletable, isOrderId, nextStatuses, useOrder } from "../../services/orders";
import { asApiError } from "../../services/problem";
import { useIsAdmin, useMe, useUser } from "../../services/users";
import type { Order } from "../../types/orders";
import { ChangeStatus } from "./ChangeStatus";
import { DeleteOrder } from "./DeleteOrder";
import { type StatusChange, useStatusChange } from "./statusChange";
import { Timeline } from "./Timeline";

const ChangeBuyer = lazy(async () => ({ default: (await withTexts(import("./ChangeBuyer"))).ChangeBuyer }));
const OrderWebhooks = lazy(async () => ({ default: (await withTexts(import("./OrderWebhooks"))).OrderWebhooks }));

export function OrderDetails() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  if (isOrderId(id)) return <ShownOrder id={id} />;
  return (
    <Page title={t("errors.notFound")} parent={{ to: "/app/orders", name: t("orders.title") }}>
      <p className="text-muted">{t("errors.noPageText")}</p>
    </Page>
  );
}

function ShownOrder({ id }: { id: string }) {
  const { t } = useTranslation();
  const order = useOrder(id);
  const isAdmin = useIsAdmin();
  const statusChange = useStatusChange();
  const [deleting, setDeleting] = useState(false);
  return (
    <Page
      title={`${t("orders.heading")} ${id}`}
      parent={{ to: "/app/orders", name: t("orders.title") }}
      heading={
        <>
          {t("orders.heading")} <span className="font-mono text-base break-all max-sm:block sm:text-[0.8em]">{id}</span>
        </>
      }
      subtitle={
        order.data && (
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <StatusBadge status={order.data.status} />
            <span>{t("orders.placedAt", { time: formatTime(order.data.created_at) })}</span>
          </span>
        )
      }
      actions={order.data && <Actions order={order.data} change={statusChange} onDelete={() => setDeleting(true)} />}
    >
      {order.isPending && (
        <Card>
          <SkeletonRows rows={4} label={t("orders.loadingOne")} />
        </Card>
      )}
      {order.isError && !order.data && (
        <Card>
          <ErrorView error={order.error} onRetry={() => void order.refetch()} />
        </Card>
      )}
      {order.data && (
        <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
          <div className="grid gap-5">
            <Lines order={order.data} />
            {isAdmin && (
              <Suspense>
                <OrderWebhooks order={order.data} />
              </Suspense>
            )}
          </div>
          <div className="grid grid-cols-1 gap-5">
            <Details order={order.data} />
            <Timeline id={id} />
          </div>
        </div>
      )}
      <ChangeStatus change={statusChange} />
      {deleting && order.data && <DeleteOrder order={order.data} onClose={() => setDeleting(false)} />}
    </Page>
  );
}

/** The usual next step as a button, what is rarer in a menu. */
function Actions({ order, change, onDelete }: { order: Order; change: StatusChange; onDelete: () => void }) {
  const { t } = useTranslation();
  const isAdmin = useIsAdmin();
  const [first, ...others] = nextStatuses(order, isAdmin);
  const deletable = isDeletable(order, isAdmin);
  return (
    <>
      {first && (
        <Button
          look={first === "cancelled" ? "secondary" : "primary"}
          busy={change.isPending && change.asked === undefined}
          onClick={() => change.ask(order, first)}
        >
          {t(`orders.markVerb.${first}`)}
        </Button>
      )}
      {(others.length > 0 || deletable) && (
        <Menu
          trigger={
            <IconButton label={t("common.actions")} look="secondary">
              <DotsIcon />
            </IconButton>
          }
        >
          {others.map((status) => (
            <MenuItem key={status} danger={status === "cancelled"} onSelect={() => change.ask(order, status)}>
              {t(`orders.markVerb.${status}`)}
            </MenuItem>
          ))}
          {deletable && (
            <MenuItem danger icon={<TrashIcon />} onSelect={onDelete}>
              {t("orders.delete")}
            </MenuItem>
          )}
        </Menu>
      )}
    </>
  );
}

function Details({ order }: { order: Order }) {
  const { t } = useTranslation();
  const isAdmin = useIsAdmin();
  const [changing, setChanging] = useState(false);
  const rows: [string, React.ReactNode][] = [
    [
      t("orders.buyer"),
      <span key="buyer" className="block">
        <Buyer id={order.user_id} />
        {isAdmin && !changing && (
          <Button look="quiet" size="small" className="-mr-2.5 -mb-1.5 ml-1" onClick={() => setChanging(true)}>
            {t("admin.changeBuyer")}
          </Button>
        )}
      </span>,
    ],
    [t("orders.placed"), formatTime(order.created_at)],
    [t("orders.updated"), formatTime(order.updated_at)],
  ];
  return (
    <Card title={t("orders.details")} end={<CopyButton text={order.id} label={t("orders.copyId")} />}>
      <dl className="space-y-3 p-4 text-sm sm:px-5">
        {rows.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 text-right break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {changing && (
        <Suspense>
          <ChangeBuyer order={order} onClose={() => setChanging(false)} />
        </Suspense>
      )}
    </Card>
  );
}

function Buyer({ id }: { id: number }) {
  const { t } = useTranslation();
  const me = useMe().data;
  const isAdmin = useIsAdmin();
  const user = useUser(id, isAdmin && id !== me?.id);
  const shown = id === me?.id ? me : user.data;
  if (!shown) {
    if (user.isLoading) return <Skeleton className="ml-auto w-28" />;
    const missing = user.isError && asApiError(user.error).status === 404;
    return t(missing ? "orders.userMissing" : "orders.user", { id });
  }
  return (
    <>
      <span className="block">{shown.name}</span>
      {isAdmin ? (
        <Link to={`/app/users?${new URLSearchParams({ q: shown.email }).toString()}`} className="text-xs text-link hover:underline">
          {shown.email}
        </Link>
      ) : (
        <span className="text-xs text-muted">{shown.email}</span>
      )}
    </>
  );
}

function Lines({ order }: { order: Order }) {
  const { t } = useTranslation();
  return (
    <Card title={t("orders.lines")} className="overflow-hidden">
      <div className="overflow-x-auto">
        <table className="w-full text-sm">
          <caption className="sr-only">{t("orders.lines")}</caption>
          <thead className="border-b border-line bg-sunken/60 text-xs text-muted">
            <tr>
              <th scope="col" className="py-2 pl-4 text-left font-medium sm:pl-5">
                {t("orders.item")}
              </th>
              <th scope="col" className="px-3 py-2 text-right font-medium">
                {t("orders.quantity")}
              </th>
              <th scope="col" className="px-3 py-2 text-right font-medium">
                {t("orders.price")}
              </th>
              <th scope="col" className="py-2 pr-4 text-right font-medium sm:pr-5">
                {t("orders.sum")}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {order.items.map((line) => (
              <tr key={line.sku}>
                <th scope="row" className="min-w-28 py-3 pl-4 text-left font-mono text-[0.8125rem] font-normal break-all sm:pl-5">
                  {line.sku}
                </th>
                <td className="px-3 py-3 text-right tabular-nums">{formatCount(line.quantity)}</td>
                <td className="px-3 py-3 text-right tabular-nums">{formatMoney(line.price)}</td>
                <td className="py-3 pr-4 text-right tabular-nums sm:pr-5">
                  {formatMoney((inCents(line.price) * line.quantity) / 100)}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot className="border-t border-line font-semibold">
            <tr>
              <th scope="row" colSpan={3} className="py-3 pl-4 text-left sm:pl-5">
                {t("orders.total")}
              </th>
              <td className="py-3 pr-4 text-right tabular-nums sm:pr-5">{formatMoney(order.total)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </Card>
  );
}
