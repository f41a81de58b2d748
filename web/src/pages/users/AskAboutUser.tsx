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

/** Asks before something is done to somebody, and does it. */
export function AskAboutUser({ what, user, onClose, onTempPassword }: AskProps) {
  const { t } = useTranslation();
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
          toast(t("users.saved", { name }));
          onClose();
        },
      },
    );
  const questions = {
    promote: { title: t("users.adminTitle", { name }), text: t("users.adminText"), confirm: t("users.makeAdmin"), run: () => set({ role: "admin" }) },
    demote: { title: t("users.userTitle", { name }), text: t("users.userText"), confirm: t("users.makeUser"), run: () => set({ role: "user" }) },
    activate: { title: `${t("users.activate")}: ${name}`, text: user.email, confirm: t("users.activate"), run: () => set({ is_active: true }) },
    deactivate: {
      title: t("users.deactivateTitle", { name }),
      text: t("users.deactivateText"),
      confirm: t("users.deactivate"),
      run: () => set({ is_active: false }),
    },
    reset: {
      title: t("users.resetTitle", { name }),
      text: t("users.resetText"),
      confirm: t("users.reset"),
      run: () => reset.mutate(user.id, { onSuccess: (password) => onTempPassword(user.email, password) }),
    },
    delete: {
      title: t("users.deleteTitle", { name }),
      text: t("users.deleteText"),
      confirm: t("users.delete"),
      run: () =>
        remove.mutate(user.id, {
          onSuccess: () => {
            toast(t("users.deleted", { name }));
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
