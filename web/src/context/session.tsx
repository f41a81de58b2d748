import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { restore, sessionStore } from "../services/session";

/** Clears the cache between two users, and resumes a stored session. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const person = useSyncExternalStore(sessionStore.subscribe, sessionStore.person);
  const [seen, setSeen] = useState(person);
  if (seen !== person) {
    queries.clear();
    setSeen(person);
  }
  const { status } = useSession();
  useEffect(() => {
    if (status === "restoring") void restore();
  }, [status]);
  return children;
}

export function useSession() {
  return useSyncExternalStore(sessionStore.subscribe, sessionStore.get);
}
