import { useEffect, useRef } from "react";
import { ErrorAlert } from "../../components/Alert";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { useNotice } from "../../context/notices";
import { shortId } from "../../services/format";
import { useCancelOrder } from "../../services/orders";
import type { Order } from "../../types/orders";

/** Asks whether to cancel an order, and does it. */
export function CancelOrder({ order, onClose }: { order: Order; onClose: () => void }) {
  const done = useRef(false);
  const cancel = useCancelOrder();
  const notify = useNotice();
  const confirm = () =>
    cancel.mutate(order.id, {
      onSuccess: () => {
        done.current = true;
        notify(`Order ${shortId(order.id)} is cancelled.`);
        onClose();
      },
    });
  // What opened this is gone with the cancellation, so the focus goes to the heading.
  useEffect(
    () => () => {
      if (done.current) document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    },
    [],
  );
  return (
    <ConfirmDialog
      title="Cancel this order?"
      confirm="Cancel order"
      keep="Keep order"
      busy={cancel.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>
        Order <span className="font-mono text-ink">{order.id}</span> will not be delivered, and its items go back on sale.
      </p>
      {cancel.error && <ErrorAlert error={cancel.error} onRetry={confirm} />}
    </ConfirmDialog>
  );
}
