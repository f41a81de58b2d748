/** A grey bar where text will be. */
export function Skeleton({ className = "" }: { className?: string }) {
  return <div className={`h-4 animate-pulse rounded bg-line ${className}`} />;
}

/** Rows of bars, announced as loading. */
export function SkeletonRows({ rows, label }: { rows: number; label: string }) {
  return (
    <div role="status" className="divide-y divide-line">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex items-center justify-between gap-6 px-4 py-4 sm:px-5">
          <Skeleton className="w-40" />
          <Skeleton className="w-20" />
        </div>
      ))}
    </div>
  );
}
