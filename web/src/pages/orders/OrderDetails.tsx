import { useState } from "react";
import { Link, useParams } from "react-router";
import { Button } from "../../components/Button";
import { ErrorView } from "../../components/ErrorView";
import { LeftIcon } from "../../components/icons";
import { Card, Page } from "../../components/Page";
import { SkeletonRows } from "../../components/Skeleton";
import { StatusBadge } from "../../components/StatusBadge";
import { formatCount, formatMoney, formatTime, inCents } from "../../services/format";
import { isCancellable, useOrder } from "../../services/orders";
import type { Order } from "../../types/orders";
import { CancelOrder } from "./CancelOrder";
import { Timeline } from "./Timeline";

export function OrderDetails() {
  const { id = "" } = useParams();
  const order = useOrder(id);
  const [cancelling, setCancelling] = useState(false);
  return (
    <>
      <Link
        to="/app/orders"
        className="mb-3 inline-flex items-center gap-1.5 rounded text-sm text-muted hover:text-ink hover:underline"
      >
        <LeftIcon /> Orders
      </Link>
      <Page
        title={`Order ${id}`}
        heading={
          <>
            Order <span className="font-mono text-base break-all max-sm:block sm:text-[0.85em]">{id}</span>
          </>
        }
        actions={
          order.data && isCancellable(order.data) && <Button onClick={() => setCancelling(true)}>Cancel order</Button>
        }
      >
        {order.isPending && (
          <Card>
            <SkeletonRows rows={4} label="Loading the order" />
          </Card>
        )}
        {order.isError && !order.data && (
          <Card>
            <ErrorView error={order.error} onRetry={() => void order.refetch()} />
          </Card>
        )}
        {order.data && (
          <>
            <div className="mb-5 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
              <StatusBadge status={order.data.status} />
              <span>Placed {formatTime(order.data.created_at)}</span>
            </div>
            <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
              <Lines order={order.data} />
              <Timeline id={id} />
            </div>
          </>
        )}
        {cancelling && order.data && <CancelOrder order={order.data} onClose={() => setCancelling(false)} />}
      </Page>
    </>
  );
}

function Lines({ order }: { order: Order }) {
  return (
    <Card className="overflow-hidden">
      <table className="w-full text-sm">
        <caption className="sr-only">Lines</caption>
        <thead className="border-b border-line bg-sunken text-xs text-muted">
          <tr>
            <th scope="col" className="py-2.5 pl-4 text-left font-medium sm:pl-5">
              Item
            </th>
            <th scope="col" className="px-3 py-2.5 text-right font-medium">
              Quantity
            </th>
            <th scope="col" className="px-3 py-2.5 text-right font-medium">
              Price
            </th>
            <th scope="col" className="py-2.5 pr-4 text-right font-medium sm:pr-5">
              Sum
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {order.items.map((line) => (
            <tr key={line.sku}>
              <th scope="row" className="py-3 pl-4 text-left font-mono text-[0.8125rem] font-normal break-all sm:pl-5">
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
              Total
            </th>
            <td className="py-3 pr-4 text-right tabular-nums sm:pr-5">{formatMoney(order.total)}</td>
          </tr>
        </tfoot>
      </table>
    </Card>
  );
}
