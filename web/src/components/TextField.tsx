import { type ComponentProps, useId } from "react";

interface TextFieldProps extends ComponentProps<"input"> {
  label: string;
  hint?: string;
  error?: string | undefined;
}

export const fieldLook =
  "w-full rounded-lg border border-field bg-surface px-3 py-2 text-base text-ink placeholder:text-muted sm:text-sm aria-invalid:border-danger";

/** A labelled input that tells its hint and its error to everybody. */
export function TextField({ label, hint, error, ...input }: TextFieldProps) {
  const id = useId();
  const notes = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      <input id={id} aria-invalid={error !== undefined} aria-describedby={notes || undefined} className={fieldLook} {...input} />
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  );
}
