import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { useToast } from "../../context/toasts";
import { shortId } from "../../services/format";
import { useChangeBuyer } from "../../services/orders";
import type { Order } from "../../types/orders";
import type { User } from "../../types/users";
import { BuyerPicker } from "./pickers";

/** Gives an order to another buyer, after a confirmation; for administrators. */
export function ChangeBuyer({ order, onClose }: { order: Order; onClose: () => void }) {
  const { t } = useTranslation("orders");
  const toast = useToast();
  const change = useChangeBuyer();
  const [picked, setPicked] = useState<User>();
  return (
    <div className="space-y-3 border-t border-line p-4 sm:px-5">
      <BuyerPicker label={t("changeBuyer.new")} hint={t("changeBuyer.hint")} onPick={setPicked} not={order.user_id} />
      <Button onClick={onClose}>{t("common.cancel")}</Button>
      {picked && (
        <ConfirmDialog
          title={t("changeBuyer.title", { name: picked.name })}
          confirm={t("changeBuyer.confirm")}
          danger={false}
          busy={change.isPending}
          error={change.error}
          onClose={() => {
            change.reset();
            setPicked(undefined);
          }}
          onConfirm={() =>
            change.mutate(
              { id: order.id, user_id: picked.id },
              {
                onSuccess: () => {
                  toast(t("changeBuyer.done", { id: shortId(order.id), name: picked.name }));
                  onClose();
                },
              },
            )
          }
        >
          <p>{t("changeBuyer.text", { email: picked.email })}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
