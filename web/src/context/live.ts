import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { analyticsKeys } from "../services/analytics";
import { listen, liveStore } from "../services/events";
import { inventoryKeys } from "../services/inventory";
import { ordersKeys } from "../services/orders";
import { sessionStore } from "../services/session";
import type { Event } from "../types/orders";

const soon = 150; // events that come together cause one refresh
const gap = 2000; // between refreshes under load

/** Keeps what is shown up to date with the events of orders. */
export function useLiveOrders() {
  const queries = useQueryClient();
  const person = useSyncExternalStore(sessionStore.subscribe, sessionStore.person);
  useEffect(() => {
    const refresher = makeRefresher(queries);
    const stop = listen(refresher);
    return () => {
      stop();
      refresher.stop();
    };
  }, [queries, person]);
}

export const useLiveState = () => useSyncExternalStore(liveStore.subscribe, liveStore.get);

function makeRefresher(queries: QueryClient) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = 0;
  let due: "nothing" | "some" | "everything" = "nothing";
  const changed = new Set<string>();

  const refresh = () => {
    timer = undefined;
    if (document.visibilityState === "hidden") return; // once the tab is visible again
    last = Date.now();
    const stale = (queryKey: readonly unknown[], exact = false) => void queries.invalidateQueries({ queryKey, exact });
    if (due === "everything") stale(ordersKeys.all);
    else {
      stale(ordersKeys.lists);
      stale(ordersKeys.analytics);
      for (const id of changed) stale(ordersKeys.one(id), true);
    }
    // Orders reserve and release stock. The page of an item is left alone, because it may be being edited.
    stale(inventoryKeys.lists);
    stale(analyticsKeys.inventory);
    due = "nothing";
    changed.clear();
  };
  const plan = () => {
    timer ??= setTimeout(refresh, Math.max(soon, last + gap - Date.now()));
  };
  const onVisibility = () => {
    if (due !== "nothing") plan();
  };
  document.addEventListener("visibilitychange", onVisibility);

  return {
    onEvent: (event: Event) => {
      queries.setQueryData<Event[]>(ordersKeys.timeline(event.order_id), (known) =>
        known && !known.some(({ id }) => id === event.id) ? [...known, event] : known,
      );
      if (event.event_type === "deleted") changed.delete(event.order_id); // it cannot be read again
      else changed.add(event.order_id);
      if (due === "nothing") due = "some";
      plan();
    },
    onReset: () => {
      due = "everything";
      plan();
    },
    stop: () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    },
  };
}
