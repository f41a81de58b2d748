import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useFieldArray, useForm, useWatch } from "react-hook-form";
import { useNavigate } from "react-router";
import { z } from "zod/mini";
import { ErrorAlert } from "../../components/Alert";
import { Button, ButtonLink } from "../../components/Button";
import { Card, Page } from "../../components/Page";
import { showServerErrors } from "../../components/serverErrors";
import { useNotice } from "../../context/notices";
import { formatMoney, inCents, shortId } from "../../services/format";
import { keyKeeper } from "../../services/idempotency";
import { usePlaceOrder } from "../../services/orders";
import { ItemPicker } from "./ItemPicker";
import { OrderLine } from "./OrderLine";
import { lineField, type NewOrderForm, newOrder } from "./newOrderForm";

export function NewOrder() {
  const navigate = useNavigate();
  const notify = useNotice();
  const place = usePlaceOrder();
  const [keyFor] = useState(keyKeeper);
  const [unplaced, setUnplaced] = useState(true);
  const form = useForm<NewOrderForm>({ resolver: zodResolver(newOrder), defaultValues: { items: [] } });
  const lines = useFieldArray({ control: form.control, name: "items" });
  const items = useWatch({ control: form.control, name: "items" });
  const { errors } = form.formState;
  const cents = items.reduce((sum, item) => sum + inCents(item.price) * (item.quantity || 0), 0);

  const submit = form.handleSubmit(({ items }) => {
    // With its price, a line is refused rather than sold for another one.
    const body = { items: items.map(({ sku, quantity, price }) => ({ sku, quantity, price })) };
    place.mutate(
      { key: keyFor(body), body },
      {
        onSuccess: (order) => {
          notify(`Order ${shortId(order.id)} is placed.`);
          void navigate(`/app/orders/${order.id}`, { replace: true });
        },
        onError: (error) => {
          const shown = showServerErrors(error, (path) => lineField(path, items.length), form.setError);
          setUnplaced(!shown.all);
          for (const { location, value } of shown.placed) {
            const price = z.string().safeParse(value);
            const index = /^body\.items\[(\d+)\]\.price$/.exec(location)?.[1];
            // The value of a refused price is the price that holds now.
            if (index !== undefined && price.success) form.setValue(`items.${Number(index)}.price`, price.data);
          }
        },
      },
    );
  });

  return (
    <Page title="Place an order">
      <form noValidate onSubmit={submit} className="max-w-2xl space-y-5">
        {place.error && unplaced && <ErrorAlert error={place.error} onRetry={submit} />}
        <Card>
          <div className="p-4 sm:p-5">
            <ItemPicker
              chosen={items.map((item) => item.sku)}
              error={errors.items?.root?.message ?? errors.items?.message}
              onPick={(item) => {
                if (item.price === null) return;
                form.clearErrors("items");
                lines.append(
                  { sku: item.sku, name: item.name, price: String(item.price), available: item.qty, quantity: 1 },
                  { shouldFocus: false },
                );
              }}
            />
          </div>
          {lines.fields.length > 0 && (
            <ul className="divide-y divide-line border-t border-line" aria-label="Lines">
              {lines.fields.map((field, index) => (
                <OrderLine
                  key={field.id}
                  line={items[index] ?? field}
                  quantity={form.register(`items.${index}.quantity`, {
                    valueAsNumber: true,
                    onChange: () => form.clearErrors(`items.${index}.quantity`),
                  })}
                  errors={errors.items?.[index]}
                  onRemove={() => lines.remove(index)}
                />
              ))}
            </ul>
          )}
          <div className="flex items-baseline justify-between rounded-b-xl border-t border-line bg-sunken px-4 py-3 sm:px-5">
            <span className="text-sm font-medium">Total</span>
            <output className="text-lg font-semibold tabular-nums">{formatMoney(cents / 100)}</output>
          </div>
        </Card>
        <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
          <ButtonLink to="/app/orders">Back to orders</ButtonLink>
          <Button type="submit" look="primary" busy={place.isPending}>
            Place order
          </Button>
        </div>
      </form>
    </Page>
  );
}
