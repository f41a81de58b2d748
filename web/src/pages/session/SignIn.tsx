import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { Alert, ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { TextField } from "../../components/Field";
import { schemaResolver } from "../../components/schemaResolver";
import { showServerErrors } from "../../components/serverErrors";
import { useSession } from "../../context/session";
import { oneOf } from "../../services/read";
import { sessionStore } from "../../services/session";
import { useLogin } from "../../services/users";
import { SessionPage } from "./SessionPage";

const fields = ["email", "password"] as const;
const resolver = schemaResolver(async () => (await import("./schemas")).credentials);

export function SignIn() {
  const { t } = useTranslation("session");
  const session = useSession();
  const [search] = useSearchParams();
  const login = useLogin();
  const form = useForm({ resolver, defaultValues: { email: "", password: "" } });
  const { errors } = form.formState;
  const submit = form.handleSubmit((values) =>
    login.mutate(values, {
      onSuccess: (token) => sessionStore.begin(token),
      onError: (error) => showServerErrors(error, (path) => oneOf(fields, path), form.setError),
    }),
  );
  const expired = session.status === "out" && session.end === "expired";

  return (
    <SessionPage
      title={t("signIn")}
      footer={
        <>
          {t("newHere")}{" "}
          <Link className="font-medium text-link underline" to={{ pathname: "/app/register", search: search.toString() }}>
            {t("register")}
          </Link>
        </>
      }
    >
      <form noValidate onSubmit={submit} className="space-y-4">
        {expired && <Alert kind="info">{t("ended")}</Alert>}
        {!expired && search.has("next") && <Alert kind="info">{t("please")}</Alert>}
        {login.error && !errors.email && !errors.password && <ErrorAlert error={login.error} onRetry={submit} />}
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
          autoComplete="current-password"
          error={errors.password?.message}
          {...form.register("password")}
        />
        <Button type="submit" look="primary" className="w-full" busy={login.isPending}>
          {t("signIn")}
        </Button>
      </form>
    </SessionPage>
  );
}
