import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import i18n from "i18next";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod/mini";
import { ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { SelectField, TextField } from "../../components/Field";
import { showServerErrors } from "../../components/serverErrors";
import { useToast } from "../../context/toasts";
import { useChangeUser, useCreateUser } from "../../services/users";
import type { User } from "../../types/users";

const tooLong = { error: () => i18n.t("fields.tooLong", { count: 200 }) };
const details = z.object({
  name: z.string().check(z.trim(), z.minLength(1, { error: () => i18n.t("fields.needName") }), z.maxLength(200, tooLong)),
  email: z.string().check(z.trim(), z.email({ error: () => i18n.t("fields.badEmail") })),
  role: z.enum(["user", "admin"]),
  password: z.string().check(
    z.maxLength(200, tooLong),
    z.refine((password) => password === "" || password.length >= 8, { error: () => i18n.t("fields.shortPassword") }),
  ),
});
const fields = z.keyof(details);

interface UserDialogProps {
  /** The user to change; without one, a new user is created. */
  user?: User;
  onClose: () => void;
  onTempPassword: (email: string, password: string) => void;
}

export function UserDialog({ user, onClose, onTempPassword }: UserDialogProps) {
  const { t } = useTranslation("users");
  const toast = useToast();
  const create = useCreateUser();
  const change = useChangeUser();
  const form = useForm({
    resolver: standardSchemaResolver(details),
    defaultValues: { name: user?.name ?? "", email: user?.email ?? "", role: user?.role ?? "user", password: "" },
  });
  const { errors } = form.formState;
  const failed = create.error ?? change.error;
  const onError = (error: unknown) =>
    void showServerErrors(error, (path) => fields.safeParse(path).data, form.setError);

  const submit = form.handleSubmit(({ name, email, role, password }) => {
    if (user) {
      change.mutate(
        { id: user.id, body: { name, email } },
        {
          onSuccess: () => {
            toast(t("saved", { name }));
            onClose();
          },
          onError,
        },
      );
      return;
    }
    create.mutate(password ? { name, email, role, password } : { name, email, role }, {
      onSuccess: (created) => {
        toast(t("created_toast", { name }));
        if (created.temp_password === undefined) onClose();
        else onTempPassword(created.email, created.temp_password);
      },
      onError,
    });
  });

  return (
    <Dialog title={user ? t("editOf", { name: user.name }) : t("newTitle")} onClose={onClose}>
      <form noValidate onSubmit={submit} className="space-y-4">
        {failed && Object.keys(errors).length === 0 && <ErrorAlert error={failed} onRetry={submit} />}
        <TextField label={t("name")} autoComplete="off" error={errors.name?.message} {...form.register("name")} />
        <TextField
          label={t("email")}
          type="email"
          autoComplete="off"
          error={errors.email?.message}
          {...form.register("email")}
        />
        {!user && (
          <>
            <SelectField label={t("role")} error={errors.role?.message} {...form.register("role")}>
              <option value="user">{t("roles.user")}</option>
              <option value="admin">{t("roles.admin")}</option>
            </SelectField>
            <TextField
              label={t("fields.password")}
              optional
              type="password"
              autoComplete="new-password"
              hint={t("passwordHint")}
              error={errors.password?.message}
              {...form.register("password")}
            />
          </>
        )}
        <DialogActions>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" look="primary" busy={create.isPending || change.isPending}>
            {user ? t("common.save") : t("create")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
