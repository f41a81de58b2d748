import { useId } from "react";
import type { FieldErrors, UseFormRegisterReturn } from "react-hook-form";
import { IconButton } from "../../components/Button";
import { CloseIcon } from "../../components/icons";
import { fieldLook } from "../../components/TextField";
import { formatCount, formatMoney, inCents } from "../../services/format";
import type { NewOrderForm } from "./newOrderForm";

type Line = NewOrderForm["items"][number];

interface OrderLineProps {
  line: Line;
  quantity: UseFormRegisterReturn;
  errors: FieldErrors<Line> | undefined;
  onRemove: () => void;
}

/** One line of an order that is being put together. */
export function OrderLine({ line, quantity, errors, onRemove }: OrderLineProps) {
  const id = useId();
  const problems = [errors?.sku?.message, errors?.price?.message, errors?.quantity?.message].filter(Boolean);
  return (
    <li className="px-4 py-3 sm:px-5">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-2 sm:grid-cols-[minmax(0,1fr)_6rem_6rem_auto]">
        <div className="min-w-0">
          <p className="truncate text-sm font-medium">{line.name || line.sku}</p>
          <p className="truncate text-xs text-muted">
            <span className="font-mono">{line.sku}</span> · {formatMoney(line.price)} each · {formatCount(line.available)} left
          </p>
        </div>
        <IconButton label={`Remove ${line.sku}`} onClick={onRemove} className="-mr-2 justify-self-end sm:order-last">
          <CloseIcon />
        </IconButton>
        <input
          type="number"
          inputMode="numeric"
          min={1}
          max={10_000}
          step={1}
          aria-label={`Quantity of ${line.sku}`}
          aria-invalid={problems.length > 0}
          aria-describedby={problems.length > 0 ? `${id}-error` : undefined}
          className={`${fieldLook} max-w-24 text-right tabular-nums`}
          {...quantity}
        />
        <p className="text-right text-sm font-medium tabular-nums">
          {formatMoney((inCents(line.price) * (line.quantity || 0)) / 100)}
        </p>
      </div>
      {problems.length > 0 && (
        <p id={`${id}-error`} role="alert" className="mt-2 text-sm text-danger">
          {problems.join(" ")}
        </p>
      )}
    </li>
  );
}
