/**
 * The access token. It lives in this module's memory only, where no other page,
 * tab or later visit finds it: a reload signs out.
 */
export type Session =
  | { readonly signedIn: true; readonly token: string }
  | { readonly signedIn: false; readonly expired: boolean };

let session: Session = { signedIn: false, expired: false };
const listeners = new Set<() => void>();

function become(next: Session) {
  session = next;
  for (const tell of listeners) tell();
}

export const sessionStore = {
  get: () => session,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  begin: (token: string) => become({ signedIn: true, token }),
  end: () => become({ signedIn: false, expired: false }),
  expire: () => become({ signedIn: false, expired: true }),
};
