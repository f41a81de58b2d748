import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import i18n from "i18next";
import { useId } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod/mini";
import { ErrorAlert } from "../../components/Alert";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { TextField } from "../../components/Field";
import { showServerErrors } from "../../components/serverErrors";
import { eventTypes, useCreateWebhook } from "../../services/webhooks";
import type { NewEndpoint } from "../../types/orders";

const details = z.object({
  url: z.string().check(
    z.trim(),
    z.maxLength(2048, { error: () => i18n.t("fields.tooLong", { count: 2048 }) }),
    z.regex(/^https?:\/\/\S+$/i, { error: () => i18n.t("webhooks:badUrl") }),
  ),
  events: z
    .array(z.enum(["order.created", "order.status_changed", "order.updated", "order.deleted"]))
    .check(z.minLength(1, { error: () => i18n.t("webhooks:needEvent") })),
});
const example = "https://example.com/hooks";
const fields = z.keyof(details);

export function NewWebhook({ onClose, onCreated }: { onClose: () => void; onCreated: (made: NewEndpoint) => void }) {
  const { t } = useTranslation("webhooks");
  const create = useCreateWebhook();
  const id = useId();
  const names = {
    "order.created": t("event.created"),
    "order.status_changed": t("event.status_changed"),
    "order.updated": t("event.updated"),
    "order.deleted": t("event.deleted"),
  };
  const form = useForm({
    resolver: standardSchemaResolver(details),
    defaultValues: { url: "", events: [...eventTypes] },
  });
  const { errors } = form.formState;
  const eventsError = errors.events?.message ?? errors.events?.root?.message;

  const submit = form.handleSubmit(({ url, events }) => {
    // Without events the endpoint receives all of them, future ones too.
    create.mutate(events.length === eventTypes.length ? { url } : { url, events }, {
      onSuccess: onCreated,
      onError: (error) => void showServerErrors(error, (path) => fields.safeParse(path.split(".")[0]).data, form.setError),
    });
  });

  return (
    <Dialog title={t("newTitle")} text={t("newText")} onClose={onClose}>
      <form noValidate onSubmit={submit} className="space-y-4">
        {create.error && Object.keys(errors).length === 0 && <ErrorAlert error={create.error} onRetry={submit} />}
        <TextField
          label={t("url")}
          type="url"
          inputMode="url"
          autoComplete="off"
          placeholder={example}
          hint={t("urlHint")}
          error={errors.url?.message}
          {...form.register("url")}
        />
        <fieldset aria-describedby={eventsError ? `${id}-events` : undefined}>
          <legend className="mb-1.5 text-sm font-medium">{t("events")}</legend>
          <div className="divide-y divide-line rounded-lg border border-line">
            {eventTypes.map((type) => (
              <label key={type} className="flex min-h-10 cursor-pointer items-center gap-3 px-3 py-2 text-sm">
                <input type="checkbox" value={type} className="size-4 accent-accent" {...form.register("events")} />
                <span className="min-w-0 flex-1">{names[type]}</span>
                <span className="font-mono text-xs text-muted max-sm:hidden">{type}</span>
              </label>
            ))}
          </div>
          {eventsError && (
            <p id={`${id}-events`} role="alert" className="mt-1.5 text-sm text-danger">
              {eventsError}
            </p>
          )}
        </fieldset>
        <DialogActions>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" look="primary" busy={create.isPending}>
            {t("create")}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
