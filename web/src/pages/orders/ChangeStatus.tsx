import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import type { StatusChange } from "./statusChange";

/** Asks for confirmation of a change of status. */
export function ChangeStatus({ change }: { change: StatusChange }) {
  const { t } = useTranslation("orders");
  if (!change.asked) return null;
  const { order, status } = change.asked;
  const words = (): [title: string, text: string] => {
    if (status === "cancelled") return [t("cancelTitle"), t("cancelText", { id: order.id })];
    if (status === "completed") return [t("completeTitle"), t("completeText")];
    return [t("reopenTitle"), t("reopenText")];
  };
  const [title, text] = words();
  return (
    <ConfirmDialog
      title={title}
      confirm={t(`markVerb.${status}`)}
      keep={status === "cancelled" ? t("keep") : t("common.cancel")}
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
