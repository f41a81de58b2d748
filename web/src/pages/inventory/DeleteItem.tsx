import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { useToast } from "../../context/toasts";
import { useDeleteItem } from "../../services/inventory";
import type { Item } from "../../types/inventory";

/** Asks whether to delete an item, and does it. */
export function DeleteItem({ item, onClose }: { item: Item; onClose: () => void }) {
  const { t } = useTranslation("inventory");
  const toast = useToast();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const remove = useDeleteItem();
  return (
    <ConfirmDialog
      title={t("deleteTitle", { sku: item.sku })}
      confirm={t("delete")}
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(item.id, {
          onSuccess: () => {
            toast(t("deleted", { sku: item.sku }));
            onClose();
            if (pathname !== "/app/inventory") void navigate("/app/inventory", { replace: true });
            else document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
          },
        })
      }
    >
      <p>{t("deleteText")}</p>
    </ConfirmDialog>
  );
}
