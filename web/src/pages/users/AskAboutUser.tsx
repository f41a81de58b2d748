import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { useToast } from "../../context/toasts";
import { useChangeUser, useDeleteUser, useResetPassword } from "../../services/users";
import type { User, UserChange } from "../../types/users";

export interface Asked {
  what: "promote" | "demote" | "activate" | "deactivate" | "reset" | "delete";
  user: User;
}

interface AskProps extends Asked {
  onClose: () => void;
  onTempPassword: (email: string, password: string) => void;
}

/** Asks before changing a user, and does it. */
export function AskAboutUser({ what, user, onClose, onTempPassword }: AskProps) {
  const { t } = useTranslation("users");
  const toast = useToast();
  const change = useChangeUser();
  const reset = useResetPassword();
  const remove = useDeleteUser();
  const { name } = user;

  const set = (body: UserChange) =>
    change.mutate(
      { id: user.id, body },
      {
        onSuccess: () => {
          toast(t("saved", { name }));
          onClose();
        },
      },
    );
  const questions = {
    promote: { title: t("adminTitle", { name }), text: t("adminText"), confirm: t("makeAdmin"), run: () => set({ role: "admin" }) },
    demote: { title: t("userTitle", { name }), text: t("userText"), confirm: t("makeUser"), run: () => set({ role: "user" }) },
    activate: { title: `${t("activate")}: ${name}`, text: user.email, confirm: t("activate"), run: () => set({ is_active: true }) },
    deactivate: {
      title: t("deactivateTitle", { name }),
      text: t("deactivateText"),
      confirm: t("deactivate"),
      run: () => set({ is_active: false }),
    },
    reset: {
      title: t("resetTitle", { name }),
      text: t("resetText"),
      confirm: t("reset"),
      run: () => reset.mutate(user.id, { onSuccess: (password) => onTempPassword(user.email, password) }),
    },
    delete: {
      title: t("deleteTitle", { name }),
      text: t("deleteText"),
      confirm: t("delete"),
      run: () =>
        remove.mutate(user.id, {
          onSuccess: () => {
            toast(t("deleted", { name }));
            onClose();
            document.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
          },
        }),
    },
  };
  const question = questions[what];
  return (
    <ConfirmDialog
      title={question.title}
      confirm={question.confirm}
      danger={what !== "activate" && what !== "promote"}
      busy={change.isPending || reset.isPending || remove.isPending}
      error={change.error ?? reset.error ?? remove.error}
      onConfirm={question.run}
      onClose={onClose}
    >
      <p>{question.text}</p>
    </ConfirmDialog>
  );
}
