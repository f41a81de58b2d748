import { Link } from "react-router";
import { IconButton } from "../../components/Button";
import { CloseIcon } from "../../components/icons";
import { StatusBadge } from "../../components/StatusBadge";
import { formatMoney, formatTime, plural, shortId } from "../../services/format";
import { isCancellable } from "../../services/orders";
import type { Order } from "../../types/orders";

interface OrdersTableProps {
  orders: Order[];
  showBuyer: boolean;
  /** These are the rows of another page, until the right ones are there. */
  stale: boolean;
  onCancel: (order: Order) => void;
}

const head = "px-3 py-2.5 font-medium first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5";
const cell = "px-3 align-middle first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5";

/** On a phone, what is not a column of its own stands below the order's id. */
export function OrdersTable({ orders, showBuyer, stale, onCancel }: OrdersTableProps) {
  return (
    <table className="w-full text-left text-sm" aria-busy={stale}>
      <caption className="sr-only">Orders, newest first</caption>
      <thead className="border-b border-line bg-sunken text-xs text-muted">
        <tr>
          <th scope="col" className={head}>
            Order
          </th>
          <th scope="col" className={`${head} max-md:hidden`}>
            Placed
          </th>
          {showBuyer && (
            <th scope="col" className={`${head} max-md:hidden`}>
              Buyer
            </th>
          )}
          <th scope="col" className={`${head} max-md:hidden`}>
            Items
          </th>
          <th scope="col" className={head}>
            Status
          </th>
          <th scope="col" className={`${head} text-right`}>
            Total
          </th>
          <th scope="col" className={`${head} w-0 max-md:hidden`}>
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {orders.map((order) => (
          <tr key={order.id} className="h-14 hover:bg-sunken/60 md:h-12">
            <th scope="row" className={`${cell} font-normal`}>
              <Link
                to={`/app/orders/${order.id}`}
                aria-label={order.id}
                title={order.id}
                className="font-mono text-[0.8125rem] font-medium whitespace-nowrap text-link hover:underline"
              >
                {shortId(order.id)}
              </Link>
              <span className="mt-0.5 block text-xs text-muted md:hidden">{formatTime(order.created_at)}</span>
            </th>
            <td className={`${cell} whitespace-nowrap text-muted max-md:hidden`}>{formatTime(order.created_at)}</td>
            {showBuyer && <td className={`${cell} text-muted max-md:hidden`}>User {order.user_id}</td>}
            <td className={`${cell} text-muted max-md:hidden`}>
              <Lines order={order} />
            </td>
            <td className={cell}>
              <StatusBadge status={order.status} />
            </td>
            <td className={`${cell} text-right font-medium whitespace-nowrap tabular-nums`}>{formatMoney(order.total)}</td>
            <td className={`${cell} pl-0 max-md:hidden`}>
              {isCancellable(order) && (
                <IconButton label={`Cancel ${order.id}`} onClick={() => onCancel(order)}>
                  <CloseIcon />
                </IconButton>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Lines({ order }: { order: Order }) {
  const [first, ...others] = order.items;
  if (!first) return "None";
  return (
    <span className="line-clamp-1 break-all">
      {first.quantity} × {first.sku}
      {others.length > 0 && `, and ${plural(others.length, "more line", "more lines")}`}
    </span>
  );
}
