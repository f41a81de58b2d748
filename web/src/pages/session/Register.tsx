import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Link, useSearchParams } from "react-router";
import { z } from "zod/mini";
import { ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { showServerErrors } from "../../components/serverErrors";
import { TextField } from "../../components/TextField";
import { useSession } from "../../context/session";
import { useRegister } from "../../services/users";
import { SessionPage } from "./SessionPage";

const registration = z.object({
  name: z.string().check(z.trim(), z.minLength(1, "Enter your name."), z.maxLength(200, "At most 200 characters.")),
  email: z.string().check(z.trim(), z.email("Enter an e-mail address such as bob@example.com.")),
  password: z.string().check(z.minLength(8, "At least 8 characters."), z.maxLength(200, "At most 200 characters.")),
});
const fields = z.keyof(registration);

export function Register() {
  const { begin } = useSession();
  const [search] = useSearchParams();
  const register = useRegister();
  const form = useForm({ resolver: zodResolver(registration), defaultValues: { name: "", email: "", password: "" } });
  const { errors } = form.formState;
  const submit = form.handleSubmit((values) =>
    register.mutate(values, {
      onSuccess: (token) => begin(token.access_token),
      onError: (error) => showServerErrors(error, (path) => fields.safeParse(path).data, form.setError),
    }),
  );

  return (
    <SessionPage
      title="Make an account"
      footer={
        <>
          You have one?{" "}
          <Link className="font-medium text-link underline" to={{ pathname: "/app/sign-in", search: search.toString() }}>
            Sign in
          </Link>
        </>
      }
    >
      <form noValidate onSubmit={submit} className="space-y-4">
        {register.error && Object.keys(errors).length === 0 && <ErrorAlert error={register.error} onRetry={submit} />}
        <TextField label="Name" autoComplete="name" error={errors.name?.message} {...form.register("name")} />
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
          autoComplete="new-password"
          hint="8 characters or more."
          error={errors.password?.message}
          {...form.register("password")}
        />
        <Button type="submit" look="primary" className="w-full" busy={register.isPending}>
          Make account
        </Button>
      </form>
    </SessionPage>
  );
}
