import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import type { StatusChange } from "./statusChange";

/** Asks whether to make a change that was asked for. */
export function ChangeStatus({ change }: { change: StatusChange }) {
  const { t } = useTranslation();
  if (!change.asked) return null;
  const { order, status } = change.asked;
  const words = (): [title: string, text: string] => {
    if (status === "cancelled") return [t("orders.cancelTitle"), t("orders.cancelText", { id: order.id })];
    if (status === "completed") return [t("orders.completeTitle"), t("orders.completeText")];
    return [t("orders.reopenTitle"), t("orders.reopenText")];
  };
  const [title, text] = words();
  return (
    <ConfirmDialog
      title={title}
      confirm={t(`orders.markVerb.${status}`)}
      keep={status === "cancelled" ? t("orders.keep") : t("common.cancel")}
      danger={status === "cancelled"}
      busy={change.isPending}
      error={change.error}
      onConfirm={change.confirm}
      onClose={change.close}
    >
      <p>{text}</p>
    </ConfirmDialog>
  );
}
