import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { useToast } from "../../context/toasts";
import { useDeleteWebhook } from "../../services/webhooks";
import type { Endpoint } from "../../types/orders";

interface DeleteWebhookProps {
  endpoint: Endpoint;
  onClose: () => void;
  onDeleted?: () => void;
}

export function DeleteWebhook({ endpoint, onClose, onDeleted }: DeleteWebhookProps) {
  const { t } = useTranslation("webhooks");
  const toast = useToast();
  const remove = useDeleteWebhook();
  return (
    <ConfirmDialog
      title={t("deleteTitle")}
      confirm={t("delete")}
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(endpoint.id, {
          onSuccess: () => {
            toast(t("deleted"));
            onClose();
            onDeleted?.();
          },
        })
      }
    >
      <p className="font-mono text-[0.8125rem] break-all text-ink">{endpoint.url}</p>
      <p>{t("deleteText")}</p>
    </ConfirmDialog>
  );
}
