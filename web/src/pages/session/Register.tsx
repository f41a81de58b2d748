import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { TextField } from "../../components/Field";
import { schemaResolver } from "../../components/schemaResolver";
import { showServerErrors } from "../../components/serverErrors";
import { oneOf } from "../../services/read";
import { sessionStore } from "../../services/session";
import { useRegister } from "../../services/users";
import { SessionPage } from "./SessionPage";

const fields = ["name", "email", "password"] as const;
const resolver = schemaResolver(async () => (await import("./schemas")).registration);

export function Register() {
  const { t } = useTranslation("session");
  const [search] = useSearchParams();
  const register = useRegister();
  const form = useForm({ resolver, defaultValues: { name: "", email: "", password: "" } });
  const { errors } = form.formState;
  const submit = form.handleSubmit((values) =>
    register.mutate(values, {
      onSuccess: (token) => sessionStore.begin(token),
      onError: (error) => showServerErrors(error, (path) => oneOf(fields, path), form.setError),
    }),
  );

  return (
    <SessionPage
      title={t("register")}
      footer={
        <>
          {t("haveOne")}{" "}
          <Link className="font-medium text-link underline" to={{ pathname: "/app/sign-in", search: search.toString() }}>
            {t("signIn")}
          </Link>
        </>
      }
    >
      <form noValidate onSubmit={submit} className="space-y-4">
        {register.error && Object.keys(errors).length === 0 && <ErrorAlert error={register.error} onRetry={submit} />}
        <TextField label={t("fields.name")} autoComplete="name" error={errors.name?.message} {...form.register("name")} />
        <TextField
          label={t("fields.email")}
          type="email"
          autoComplete="username"
          error={errors.email?.message}
          {...form.register("email")}
        />
        <TextField
          label={t("fields.password")}
          type="password"
          autoComplete="new-password"
          hint={t("fields.passwordHint")}
          error={errors.password?.message}
          {...form.register("password")}
        />
        <Button type="submit" look="primary" className="w-full" busy={register.isPending}>
          {t("registerButton")}
        </Button>
      </form>
    </SessionPage>
  );
}
