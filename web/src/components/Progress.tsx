interface ProgressProps {
  label: string;
  /** From 0 to 1; undefined while unknown. */
  share: number | undefined;
}

export function Progress({ label, share }: ProgressProps) {
  return (
    <progress
      aria-label={label}
      max={1}
      value={share ?? 1}
      {...(share === undefined ? { "aria-valuetext": label } : {})}
      className={`block h-2 w-full appearance-none overflow-hidden rounded-full border-0 bg-line [&::-moz-progress-bar]:rounded-full [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:rounded-full [&::-webkit-progress-value]:bg-accent ${share === undefined ? "animate-pulse" : ""}`}
    />
  );
}
