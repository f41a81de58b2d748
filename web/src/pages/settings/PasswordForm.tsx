import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import i18n from "i18next";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod/mini";
import { ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { TextField } from "../../components/Field";
import { showServerErrors } from "../../components/serverErrors";
import { useToast } from "../../context/toasts";
import { useChangePassword, useMe } from "../../services/users";

const passwords = z.object({
  current_password: z.string().check(z.minLength(1, { error: () => i18n.t("fields.needPassword") })),
  new_password: z
    .string()
    .check(
      z.minLength(8, { error: () => i18n.t("fields.shortPassword") }),
      z.maxLength(200, { error: () => i18n.t("fields.tooLong", { count: 200 }) }),
    ),
});
const fields = z.keyof(passwords);

export function PasswordForm() {
  const { t } = useTranslation("settings");
  const toast = useToast();
  const email = useMe().data?.email;
  const change = useChangePassword();
  const form = useForm({
    resolver: standardSchemaResolver(passwords),
    defaultValues: { current_password: "", new_password: "" },
  });
  const { errors } = form.formState;
  const submit = form.handleSubmit((values) =>
    change.mutate(values, {
      onSuccess: () => {
        toast(t("passwordChanged"));
        form.reset();
      },
      onError: (error) => showServerErrors(error, (path) => fields.safeParse(path).data, form.setError),
    }),
  );
  return (
    <form noValidate onSubmit={submit} className="space-y-4">
      {change.error && Object.keys(errors).length === 0 && <ErrorAlert error={change.error} onRetry={submit} />}
      {/* For password managers: whose password this is. */}
      <input type="email" autoComplete="username" value={email ?? ""} readOnly hidden />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t("current")}
          type="password"
          autoComplete="current-password"
          error={errors.current_password?.message}
          {...form.register("current_password")}
        />
        <TextField
          label={t("new")}
          type="password"
          autoComplete="new-password"
          hint={t("fields.passwordHint")}
          error={errors.new_password?.message}
          {...form.register("new_password")}
        />
      </div>
      <Button type="submit" busy={change.isPending}>
        {t("changePassword")}
      </Button>
    </form>
  );
}
