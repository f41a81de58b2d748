import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";

const look = cva(
  "inline-flex items-center justify-center gap-2 rounded-lg text-sm font-medium whitespace-nowrap transition-colors disabled:opacity-50 aria-disabled:opacity-60",
  {
    variants: {
      look: {
        primary: "bg-accent text-white shadow-card hover:bg-accent-strong",
        secondary: "border border-line bg-surface text-ink shadow-card hover:bg-sunken",
        danger: "bg-danger-fill text-white shadow-card hover:brightness-110",
        quiet: "text-muted hover:bg-sunken hover:text-ink",
      },
      size: { small: "min-h-8 px-2.5", normal: "min-h-9 px-3.5", icon: "size-9", tiny: "size-8" },
    },
    defaultVariants: { look: "secondary", size: "normal" },
  },
);
type Look = VariantProps<typeof look>;

interface ButtonProps extends ComponentProps<"button">, Look {
  /** The action is running: another press does nothing, and the focus stays. */
  busy?: boolean;
}

export function Button({ look: kind, size, busy = false, className, onClick, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      aria-disabled={busy || undefined}
      onClick={(event) => {
        // The first click of a double click may have put another button here, such as that of the next status.
        if (busy || event.detail > 1) event.preventDefault();
        else onClick?.(event);
      }}
      className={look({ look: kind, size, className })}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export function ButtonLink({ look: kind, size, className, ...rest }: LinkProps & Look) {
  return <Link className={look({ look: kind, size, className: className ?? "" })} {...rest} />;
}

interface IconButtonProps extends ComponentProps<"button">, Look {
  label: string;
  children: ReactNode;
}

/** An icon button; its label shows as a tooltip. */
export function IconButton({ label, look: kind = "quiet", size = "icon", className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      data-tip={label}
      className={look({ look: kind, size, className: `shrink-0 ${className ?? ""}` })}
      {...rest}
    />
  );
}

function Spinner() {
  return (
    <svg viewBox="0 0 16 16" className="size-4 animate-spin" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
      <circle cx="8" cy="8" r="6" opacity=".3" />
      <path d="M14 8a6 6 0 0 0-6-6" strokeLinecap="round" />
    </svg>
  );
}
