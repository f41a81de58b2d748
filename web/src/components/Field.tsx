import { type ComponentProps, type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { DownIcon } from "./icons";

export const fieldLook =
  "w-full min-h-9 rounded-lg border border-field bg-surface px-3 py-1.5 text-base text-ink placeholder:text-muted sm:text-sm aria-invalid:border-danger disabled:opacity-60";

interface Described {
  label: string;
  /** The field may be left empty; the label says so. */
  optional?: boolean;
  hint?: string | undefined;
  error?: string | undefined;
}

interface FrameProps extends Described {
  children: (about: { id: string; "aria-invalid": boolean; "aria-describedby": string | undefined }) => ReactNode;
}

/** A field with its label, hint and error, linked for screen readers. */
export function Frame({ label, optional, hint, error, children }: FrameProps) {
  const { t } = useTranslation();
  const id = useId();
  const notes = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
        {optional && <span className="font-normal text-muted"> ({t("common.optional")})</span>}
      </label>
      {children({ id, "aria-invalid": error !== undefined, "aria-describedby": notes || undefined })}
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-sm text-pretty text-muted">
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

export function TextField({ label, optional, hint, error, className = "", ...input }: ComponentProps<"input"> & Described) {
  return (
    <Frame {...{ label, optional, hint, error }}>
      {(about) => <input {...about} className={`${fieldLook} ${className}`} {...input} />}
    </Frame>
  );
}

/** The browser's own select, which suits every device. */
export function SelectField({ label, optional, hint, error, className = "", ...select }: ComponentProps<"select"> & Described) {
  return (
    <Frame {...{ label, optional, hint, error }}>
      {(about) => (
        <div className="relative">
          <select {...about} className={`${fieldLook} appearance-none pr-9 ${className}`} {...select} />
          <DownIcon className="pointer-events-none absolute top-1/2 right-3 -translate-y-1/2 text-muted" />
        </div>
      )}
    </Frame>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  hint?: string;
  value: T;
  options: { value: T; name: string; icon?: ReactNode }[];
  onChange: (value: T) => void;
}

/** A choice among few options, all visible. */
export function ChoiceField<T extends string>({ label, hint, value, options, onChange }: ChoiceProps<T>) {
  const id = useId();
  return (
    <fieldset aria-describedby={hint ? `${id}-hint` : undefined}>
      <legend className="mb-1.5 text-sm font-medium">{label}</legend>
      <div className="inline-flex max-w-full flex-wrap gap-1 rounded-lg bg-sunken p-1">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-3 text-sm text-muted outline-offset-2 outline-link hover:text-ink has-checked:bg-chosen has-checked:font-medium has-checked:text-ink has-checked:shadow-card has-focus-visible:outline-2"
          >
            <input
              type="radio"
              name={id}
              className="sr-only"
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.icon}
            {option.name}
          </label>
        ))}
      </div>
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-sm text-muted">
          {hint}
        </p>
      )}
    </fieldset>
  );
}
