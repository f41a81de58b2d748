import { ButtonLink } from "../components/Button";
import { Page } from "../components/Page";

export function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col items-center justify-center px-4 py-10 text-center">
      <p className="mb-2 text-sm font-medium text-muted">404</p>
      <Page title="There is no such page">
        <p className="-mt-3 mb-6 text-pretty text-muted">The address may be mistyped, or the page is gone.</p>
        <ButtonLink to="/app/orders" look="primary">
          Go to orders
        </ButtonLink>
      </Page>
    </main>
  );
}
