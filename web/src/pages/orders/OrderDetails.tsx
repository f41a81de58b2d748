import { type ComponentType, lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Badge } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { ErrorView } from "../../components/ErrorView";
import { DotsIcon, TrashIcon } from "../../components/icons";
import { Menu, MenuItem } from "../../components/Menu";
import { Card, Page } from "../../components/Page";
import { Skeleton, SkeletonRows } from "../../components/Skeleton";
import { formatCount, formatMoney, formatTime, inCents } from "../../services/format";
import { isDeletable, isOrderId, nextStatuses, statusColours, useOrder } from "../../services/orders";
import { asApiError } from "../../services/problem";
import { useIsAdmin, useMe, useUser } from "../../services/users";
import type { Order } from "../../types/orders";
import { ChangeStatus } from "./ChangeStatus";
import { DeleteOrder } from "./DeleteOrder";
import { type StatusChange, useStatusChange } from "./statusChange";
import { Timeline } from "./Timeline";

const ChangeBuyer = lazy(async () => ({ default: (await import("./ChangeBuyer")).ChangeBuyer }));

interface OrderDetailsProps {
  /** What webhooks received about the order; for administrators. */
  Deliveries: ComponentType<{ order: Order }>;
}

export function OrderDetails({ Deliveries }: OrderDetailsProps) {
  const { t } = useTranslation("orders");
  const { id = "" } = useParams();
  if (isOrderId(id)) return <ShownOrder id={id} Deliveries={Deliveries} />;
  return (
    <Page title={t("errors.notFound")} parent={{ to: "/app/orders", name: t("title") }}>
      <p className="text-muted">{t("errors.noPageText")}</p>
    </Page>
  );
}

function ShownOrder({ id, Deliveries }: OrderDetailsProps & { id: string }) {
  const { t } = useTranslation("orders");
  const order = useOrder(id);
  const isAdmin = useIsAdmin();
  const statusChange = useStatusChange();
  const [deleting, setDeleting] = useState(false);
  return (
    <Page
      title={`${t("heading")} ${id}`}
      parent={{ to: "/app/orders", name: t("title") }}
      heading={
        <>
          {t("heading")} <span className="font-mono text-base break-all max-sm:block sm:text-[0.8em]">{id}</span>
        </>
      }
      subtitle={
        order.data && (
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Badge colour={statusColours[order.data.status]}>{t(`status.${order.data.status}`)}</Badge>
            <span>{t("placedAt", { time: formatTime(order.data.created_at) })}</span>
          </span>
        )
      }
      actions={order.data && <Actions order={order.data} change={statusChange} onDelete={() => setDeleting(true)} />}
    >
      {order.isPending && (
        <Card>
          <SkeletonRows rows={4} label={t("loadingOne")} />
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
                <Deliveries order={order.data} />
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

/** The usual next step as a button, the others in a menu. */
function Actions({ order, change, onDelete }: { order: Order; change: StatusChange; onDelete: () => void }) {
  const { t } = useTranslation("orders");
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
          {t(`markVerb.${first}`)}
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
              {t(`markVerb.${status}`)}
            </MenuItem>
          ))}
          {deletable && (
            <MenuItem danger icon={<TrashIcon />} onSelect={onDelete}>
              {t("delete")}
            </MenuItem>
          )}
        </Menu>
      )}
    </>
  );
}

function Details({ order }: { order: Order }) {
  const { t } = useTranslation("orders");
  const isAdmin = useIsAdmin();
  const [changing, setChanging] = useState(false);
  const rows: [string, React.ReactNode][] = [
    [
      t("buyer"),
      <span key="buyer" className="block">
        <Buyer id={order.user_id} />
        {isAdmin && !changing && (
          <Button look="quiet" size="small" className="-mr-2.5 -mb-1.5 ml-1" onClick={() => setChanging(true)}>
            {t("changeBuyer.open")}
          </Button>
        )}
      </span>,
    ],
    [t("placed"), formatTime(order.created_at)],
    [t("updated"), formatTime(order.updated_at)],
  ];
  return (
    <Card title={t("details")} end={<CopyButton text={order.id} label={t("copyId")} />}>
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
  const { t } = useTranslation("orders");
  const me = useMe().data;
  const isAdmin = useIsAdmin();
  const user = useUser(id, isAdmin && id !== me?.id);
  const shown = id === me?.id ? me : user.data;
  if (!shown) {
    if (user.isLoading) return <Skeleton className="ml-auto w-28" />;
    const missing = user.isError && asApiError(user.error).status === 404;
    return t(missing ? "userMissing" : "people.user", { id });
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
  const { t } = useTranslation("orders");
  return (
    <Card title={t("lines")} className="overflow-hidden">
      <div className="overflow-x-auto">
        <table className="w-full text-sm">
          <caption className="sr-only">{t("lines")}</caption>
          <thead className="border-b border-line bg-sunken/60 text-xs text-muted">
            <tr>
              <th scope="col" className="py-2 pl-4 text-left font-medium sm:pl-5">
                {t("item")}
              </th>
              <th scope="col" className="px-3 py-2 text-right font-medium">
                {t("quantity")}
              </th>
              <th scope="col" className="px-3 py-2 text-right font-medium">
                {t("price")}
              </th>
              <th scope="col" className="py-2 pr-4 text-right font-medium sm:pr-5">
                {t("sum")}
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
                {t("total")}
              </th>
              <td className="py-3 pr-4 text-right tabular-nums sm:pr-5">{formatMoney(order.total)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </Card>
  );
}
