import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import type { FlatNamespace } from "i18next";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, Route, Routes, useLocation } from "react-router";
import { ErrorBoundary } from "./components/ErrorBoundary";
import { ErrorView } from "./components/ErrorView";
import { Brand } from "./components/icons";
import { Page } from "./components/Page";
import { Tooltips } from "./components/Tooltip";
import { SessionProvider, useSession } from "./context/session";
import { ToastProvider } from "./context/toasts";
import { loadTexts } from "./i18n";
import { NotFound } from "./pages/layout/NotFound";
import { restore } from "./services/session";
import { useMe } from "./services/users";
import type { Order } from "./types/orders";

/** A page, loaded with its texts when the user goes there. This is where features meet: none imports another. */
function page<Modules, Props = object>(texts: FlatNamespace[], load: () => Promise<Modules>, show: (modules: Modules, props: Props) => ReactNode) {
  return lazy(async () => {
    const [modules] = await Promise.all([load(), loadTexts(texts)]);
    return { default: (props: Props) => show(modules, props) };
  });
}

const Layout = page(["layout"], () => import("./pages/layout/Layout"), ({ Layout }) => <Layout exportPanel={<ExportPanel />} />);
const ExportPanel = page(["files"], () => import("./pages/files/ExportPanel"), ({ ExportPanel }) => <ExportPanel />);
const SignIn = page(["session"], () => import("./pages/session/SignIn"), ({ SignIn }) => <SignIn />);
const Register = page(["session"], () => import("./pages/session/Register"), ({ Register }) => <Register />);
const Dashboard = page(["dashboard"], () => import("./pages/dashboard/Dashboard"), ({ Dashboard }) => <Dashboard />);
const Orders = page(
  ["orders", "files"],
  () => Promise.all([import("./pages/orders/Orders"), import("./pages/files/FileActions")]),
  ([{ Orders }, { FileActions }]) => <Orders fileActions={<FileActions kind="orders" />} />,
);
const OrderDetails = page(["orders"], () => import("./pages/orders/OrderDetails"), ({ OrderDetails }) => (
  <OrderDetails Deliveries={OrderDeliveries} />
));
const OrderDeliveries = page(
  ["webhooks"],
  () => import("./pages/webhooks/OrderDeliveries"),
  ({ OrderDeliveries }, props: { order: Order }) => <OrderDeliveries {...props} />,
);
const NewOrder = page(["orders"], () => import("./pages/orders/NewOrder"), ({ NewOrder }) => <NewOrder />);
const Inventory = page(
  ["inventory", "files"],
  () => Promise.all([import("./pages/inventory/Inventory"), import("./pages/files/FileActions")]),
  ([{ Inventory }, { FileActions }]) => <Inventory fileActions={<FileActions kind="inventory" />} />,
);
const ItemDetails = page(["inventory"], () => import("./pages/inventory/ItemDetails"), ({ ItemDetails }) => <ItemDetails />);
const Users = page(
  ["users", "files"],
  () => Promise.all([import("./pages/users/Users"), import("./pages/files/FileActions")]),
  ([{ Users }, { FileActions }]) => <Users fileActions={<FileActions kind="users" />} />,
);
const Webhooks = page(["webhooks"], () => import("./pages/webhooks/Webhooks"), ({ Webhooks }) => <Webhooks />);
const WebhookDetails = page(["webhooks"], () => import("./pages/webhooks/WebhookDetails"), ({ WebhookDetails }) => <WebhookDetails />);
const Settings = page(["settings"], () => import("./pages/settings/Settings"), ({ Settings }) => <Settings />);

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
                    {/* Not /app/orders/new: that could be an order's id. */}
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

/** For signed-in users. Others are sent to sign in and come back here, unless they have just signed out. */
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

/** Pages whose requests would be refused to others. */
function AdminsOnly() {
  const { t } = useTranslation();
  if (useMe().data?.role === "admin") return <Outlet />;
  return (
    <Page title={t("errors.forbidden")}>
      <p className="text-muted">{t("errors.noPageText")}</p>
    </Page>
  );
}

/** While the first page loads. */
function Blank() {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex min-h-dvh items-center justify-center">
      <Brand className="size-10 animate-pulse" />
      <span className="sr-only">{t("common.signingIn")}</span>
    </div>
  );
}
