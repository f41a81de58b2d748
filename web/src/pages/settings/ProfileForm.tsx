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
import { useChangeUser, useMe } from "../../services/users";

const profile = z.object({
  name: z
    .string()
    .check(
      z.trim(),
      z.minLength(1, { error: () => i18n.t("fields.needName") }),
      z.maxLength(200, { error: () => i18n.t("fields.tooLong", { count: 200 }) }),
    ),
  email: z.string().check(z.trim(), z.email({ error: () => i18n.t("fields.badEmail") })),
});
const fields = z.keyof(profile);

export function ProfileForm() {
  const { t } = useTranslation("settings");
  const toast = useToast();
  const me = useMe().data;
  const change = useChangeUser();
  const form = useForm({
    resolver: standardSchemaResolver(profile),
    defaultValues: { name: me?.name ?? "", email: me?.email ?? "" },
  });
  const { errors } = form.formState;
  if (!me) return null;
  const submit = form.handleSubmit((body) =>
    change.mutate(
      { id: me.id, body },
      {
        onSuccess: () => toast(t("common.saved")),
        onError: (error) => showServerErrors(error, (path) => fields.safeParse(path).data, form.setError),
      },
    ),
  );
  return (
    <form noValidate onSubmit={submit} className="space-y-4">
      {change.error && Object.keys(errors).length === 0 && <ErrorAlert error={change.error} onRetry={submit} />}
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label={t("fields.name")} autoComplete="name" error={errors.name?.message} {...form.register("name")} />
        <TextField
          label={t("fields.email")}
          type="email"
          autoComplete="email"
          error={errors.email?.message}
          {...form.register("email")}
        />
      </div>
      <Button type="submit" busy={change.isPending}>
        {t("common.save")}
      </Button>
    </form>
  );
}
