import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { useToast } from "../../context/toasts";
import { shortId } from "../../services/format";
import { holdsStock, useDeleteOrder } from "../../services/orders";
import type { Order } from "../../types/orders";

/** Asks whether to delete an order, and does it. */
export function DeleteOrder({ order, onClose }: { order: Order; onClose: () => void }) {
  const { t } = useTranslation("orders");
  const toast = useToast();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const remove = useDeleteOrder();
  return (
    <ConfirmDialog
      title={t("deleteTitle")}
      confirm={t("delete")}
      keep={t("keep")}
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(order.id, {
          onSuccess: () => {
            toast(t("deleted", { id: shortId(order.id) }));
            onClose();
            if (pathname !== "/app/orders") void navigate("/app/orders", { replace: true });
            else document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
          },
        })
      }
    >
      <p>{t("deleteText", { id: order.id })}</p>
      {holdsStock(order) && <p>{t("deleteStock")}</p>}
    </ConfirmDialog>
  );
}
