import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useMemo, useSyncExternalStore } from "react";
import { type Session, sessionStore } from "../services/token";

interface SessionContext {
  session: Session;
  begin: (token: string) => void;
  end: () => void;
}

const Context = createContext<SessionContext | undefined>(undefined);

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const session = useSyncExternalStore(sessionStore.subscribe, sessionStore.get);
  const value = useMemo<SessionContext>(
    () => ({
      session,
      begin: (token) => {
        queries.clear(); // what the person before has read is not this one's
        sessionStore.begin(token);
      },
      end: () => {
        sessionStore.end();
        queries.clear();
      },
    }),
    [session, queries],
  );
  return <Context value={value}>{children}</Context>;
}

export function useSession() {
  const value = use(Context);
  if (!value) throw new Error("useSession needs a SessionProvider");
  return value;
}
