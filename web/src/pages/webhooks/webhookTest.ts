import { useState } from "react";
import { useTestWebhook } from "../../services/webhooks";
import type { Endpoint } from "../../types/orders";

export interface WebhookTest {
  /** Sends a test message to an endpoint, and shows the outcome. */
  start: (endpoint: Endpoint) => void;
  again: () => void;
  close: () => void;
  endpoint: Endpoint | undefined;
  sending: ReturnType<typeof useTestWebhook>;
}

export function useWebhookTest(): WebhookTest {
  const sending = useTestWebhook();
  const [endpoint, setEndpoint] = useState<Endpoint>();
  return {
    start: (about) => {
      setEndpoint(about);
      sending.mutate(about.id);
    },
    again: () => {
      if (endpoint) sending.mutate(endpoint.id);
    },
    close: () => setEndpoint(undefined),
    endpoint,
    sending,
  };
}
