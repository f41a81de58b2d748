import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, Route, Routes, useLocation } from "react-router";
import { ErrorBoundary } from "./components/ErrorBoundary";
import { ErrorView } from "./components/ErrorView";
import { Brand } from "./components/icons";
import { Page } from "./components/Page";
import { Tooltips } from "./components/Tooltip";
import { SessionProvider, useSession } from "./context/session";
import { ToastProvider } from "./context/toasts";
import { withTexts } from "./i18n";
import { NotFound } from "./pages/NotFound";
import { restore } from "./services/session";
import { useMe } from "./services/users";

/** A page that is loaded when somebody goes there. */
function page<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) {
  return lazy(async () => ({ default: (await load())[name] }));
}

const Layout = page(() => import("./components/Layout"), "Layout");
const SignIn = page(() => import("./pages/session/SignIn"), "SignIn");
const Register = page(() => import("./pages/session/Register"), "Register");
const Dashboard = page(() => withTexts(import("./pages/dashboard/Dashboard"), "dashboard"), "Dashboard");
const Orders = page(() => import("./pages/orders/Orders"), "Orders");
const OrderDetails = page(() => import("./pages/orders/OrderDetails"), "OrderDetails");
const NewOrder = page(() => withTexts(import("./pages/orders/NewOrder")), "NewOrder");
const Inventory = page(() => import("./pages/inventory/Inventory"), "Inventory");
const ItemDetails = page(() => import("./pages/inventory/ItemDetails"), "ItemDetails");
const Users = page(() => import("./pages/users/Users"), "Users");
const Webhooks = page(() => withTexts(import("./pages/webhooks/Webhooks")), "Webhooks");
const WebhookDetails = page(() => withTexts(import("./pages/webhooks/WebhookDetails")), "WebhookDetails");
const Settings = page(() => import("./pages/settings/Settings"), "Settings");

/** The application inside a router. */
export function App({ queries }: { queries: QueryClient }) {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <ToastProvider>
            <Suspense fallback={<Blank />}>
              <Routes>
                <Route path="/" element={<Navigate to="/app" replace />} />
                <Route path="/app/sign-in" element={<SignIn />} />
                <Route path="/app/register" element={<Register />} />
                <Route element={<SignedIn />}>
                  <Route element={<Layout />}>
                    <Route path="/app" element={<Dashboard />} />
                    <Route path="/app/orders" element={<Orders />} />
                    <Route path="/app/orders/:id" element={<OrderDetails />} />
                    {/* Not /app/orders/new: an order may be called so. */}
                    <Route path="/app/new-order" element={<NewOrder />} />
                    <Route path="/app/inventory" element={<Inventory />} />
                    <Route path="/app/inventory/:id" element={<ItemDetails />} />
                    <Route path="/app/settings" element={<Settings />} />
                    <Route element={<AdminsOnly />}>
                      <Route path="/app/users" element={<Users />} />
                      <Route path="/app/webhooks" element={<Webhooks />} />
                      <Route path="/app/webhooks/:id" element={<WebhookDetails />} />
                    </Route>
                  </Route>
                </Route>
                <Route path="*" element={<NotFound />} />
              </Routes>
            </Suspense>
          </ToastProvider>
          <Tooltips />
        </SessionProvider>
      </QueryClientProvider>
    </ErrorBoundary>
  );
}

/** Sends everybody else to sign in, and back here afterwards; but whoever comes after somebody who has left begins anew. */
function SignedIn() {
  const session = useSession();
  const { pathname, search } = useLocation();
  if (session.status === "in") return <Outlet />;
  if (session.status === "restoring") {
    return session.error === undefined ? (
      <Blank />
    ) : (
      <main className="pt-16">
        <ErrorView error={session.error} onRetry={() => void restore()} />
      </main>
    );
  }
  const next = pathname + search;
  return <Navigate to={next === "/app" || session.end === "left" ? "/app/sign-in" : `/app/sign-in?${new URLSearchParams({ next }).toString()}`} replace />;
}

/** Pages that would be refused to others are not even asked for. */
function AdminsOnly() {
  const { t } = useTranslation();
  if (useMe().data?.role === "admin") return <Outlet />;
  return (
    <Page title={t("errors.forbidden")}>
      <p className="text-muted">{t("errors.noPageText")}</p>
    </Page>
  );
}

/** While the first page is loading. */
function Blank() {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex min-h-dvh items-center justify-center">
      <Brand className="size-10 animate-pulse" />
      <span className="sr-only">{t("session.restoring")}</span>
    </div>
  );
}
