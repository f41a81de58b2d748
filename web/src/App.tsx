import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { Navigate, Outlet, Route, Routes, useLocation } from "react-router";
import { ErrorBoundary } from "./components/ErrorBoundary";
import { Layout } from "./components/Layout";
import { NoticeProvider } from "./context/notices";
import { SessionProvider, useSession } from "./context/session";
import { NotFound } from "./pages/NotFound";
import { NewOrder } from "./pages/orders/NewOrder";
import { OrderDetails } from "./pages/orders/OrderDetails";
import { Orders } from "./pages/orders/Orders";
import { Register } from "./pages/session/Register";
import { SignIn } from "./pages/session/SignIn";

/** The application inside a router. */
export function App({ queries }: { queries: QueryClient }) {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <NoticeProvider>
            <Routes>
              <Route path="/" element={<Navigate to="/app/orders" replace />} />
              <Route path="/app" element={<Navigate to="/app/orders" replace />} />
              <Route path="/app/sign-in" element={<SignIn />} />
              <Route path="/app/register" element={<Register />} />
              <Route element={<SignedIn />}>
                <Route element={<Layout />}>
                  <Route path="/app/orders" element={<Orders />} />
                  <Route path="/app/orders/:id" element={<OrderDetails />} />
                  {/* Not /app/orders/new: an order may be called so. */}
                  <Route path="/app/new-order" element={<NewOrder />} />
                </Route>
              </Route>
              <Route path="*" element={<NotFound />} />
            </Routes>
          </NoticeProvider>
        </SessionProvider>
      </QueryClientProvider>
    </ErrorBoundary>
  );
}

/** Sends everybody else to sign in, and back here afterwards. */
function SignedIn() {
  const { session } = useSession();
  const { pathname, search } = useLocation();
  if (session.signedIn) return <Outlet />;
  const next = pathname + search;
  const to = next === "/app/orders" ? "/app/sign-in" : `/app/sign-in?${new URLSearchParams({ next }).toString()}`;
  return <Navigate to={to} replace />;
}
