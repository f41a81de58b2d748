import type { ComponentProps, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";

type Look = "primary" | "secondary" | "danger" | "quiet";

const looks: Record<Look, string> = {
  primary: "bg-accent text-white shadow-xs hover:bg-accent-strong",
  secondary: "border border-field/60 bg-surface text-ink shadow-xs hover:bg-sunken",
  danger: "bg-danger-fill text-white shadow-xs hover:brightness-110",
  quiet: "text-muted hover:bg-sunken hover:text-ink",
};

const shape =
  "inline-flex min-h-9 items-center justify-center gap-2 rounded-lg px-3.5 py-1.5 text-sm font-medium whitespace-nowrap transition-colors disabled:opacity-60 aria-disabled:opacity-60";

interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  /** The work is under way: a further press does nothing, and focus stays. */
  busy?: boolean;
}

export function Button({ look = "secondary", busy = false, className = "", onClick, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      className={`${shape} ${looks[look]} ${className}`}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export function ButtonLink({ look = "secondary", className = "", ...rest }: LinkProps & { look?: Look }) {
  return <Link className={`${shape} ${looks[look]} ${className}`} {...rest} />;
}

interface IconButtonProps extends ComponentProps<"button"> {
  label: string;
  children: ReactNode;
}

export function IconButton({ label, className = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-muted transition-colors hover:bg-sunken hover:text-ink ${className}`}
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
