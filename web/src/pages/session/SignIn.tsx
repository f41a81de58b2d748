import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Link, useSearchParams } from "react-router";
import { z } from "zod/mini";
import { Alert, ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { showServerErrors } from "../../components/serverErrors";
import { TextField } from "../../components/TextField";
import { useSession } from "../../context/session";
import { useLogin } from "../../services/users";
import { SessionPage } from "./SessionPage";

const credentials = z.object({
  email: z.string().check(z.trim(), z.minLength(1, "Enter your e-mail address.")),
  password: z.string().check(z.minLength(1, "Enter your password.")),
});
const fields = z.keyof(credentials);

export function SignIn() {
  const { session, begin } = useSession();
  const [search] = useSearchParams();
  const login = useLogin();
  const form = useForm({ resolver: zodResolver(credentials), defaultValues: { email: "", password: "" } });
  const { errors } = form.formState;
  const submit = form.handleSubmit((values) =>
    login.mutate(values, {
      onSuccess: (token) => begin(token.access_token),
      onError: (error) => showServerErrors(error, (path) => fields.safeParse(path).data, form.setError),
    }),
  );

  return (
    <SessionPage
      title="Sign in"
      footer={
        <>
          New here?{" "}
          <Link className="font-medium text-link underline" to={{ pathname: "/app/register", search: search.toString() }}>
            Make an account
          </Link>
        </>
      }
    >
      <form noValidate onSubmit={submit} className="space-y-4">
        {!session.signedIn && session.expired && <Alert kind="info">Your session has ended. Please sign in again.</Alert>}
        {!session.signedIn && !session.expired && search.has("next") && (
          <Alert kind="info">Please sign in to go on. Loading a page again ends the session.</Alert>
        )}
        {login.error && !errors.email && !errors.password && <ErrorAlert error={login.error} onRetry={submit} />}
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          error={errors.email?.message}
          {...form.register("email")}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          error={errors.password?.message}
          {...form.register("password")}
        />
        <Button type="submit" look="primary" className="w-full" busy={login.isPending}>
          Sign in
        </Button>
      </form>
    </SessionPage>
  );
}
