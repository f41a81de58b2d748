import type { Order } from "../types/orders";

const looks: Record<Order["status"], string> = {
  pending: "bg-amber-soft text-amber-text",
  processing: "bg-blue-soft text-blue-text",
  shipped: "bg-violet-soft text-violet-text",
  delivered: "bg-teal-soft text-teal-text",
  completed: "bg-green-soft text-green-text",
  cancelled: "bg-gray-soft text-gray-text",
};

export function StatusBadge({ status }: { status: Order["status"] }) {
  return (
    <span className={`inline-block rounded-full px-2.5 py-0.5 text-xs font-medium first-letter:uppercase ${looks[status]}`}>
      {status}
    </span>
  );
}
