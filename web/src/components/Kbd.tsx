/** A key, as it is written on it. */
export function Kbd({ children }: { children: string }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line bg-sunken px-1 font-sans text-[0.6875rem] text-muted">
      {children}
    </kbd>
  );
}

/** What Apple's keyboards call ⌘ is Ctrl on others. */
export const isApple = /mac|iphone|ipad/i.test(navigator.userAgent);
