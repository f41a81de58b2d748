import { useMutation as useAnyMutation, type UseMutationOptions } from "@tanstack/react-query";
import { useCallback, useRef } from "react";

/**
 * A mutation that does not start again with the same input before it has ended:
 * the second click of a double click arrives before a button can show that it is
 * busy. Mutations with other inputs may run at the same time.
 */
export function useMutation<Output, Input>(options: UseMutationOptions<Output, Error, Input>) {
  const underWay = useRef(new Set<string>());
  const { mutationFn } = options;
  const { mutate: begin, ...mutation } = useAnyMutation<Output, Error, Input>({
    ...options,
    ...(mutationFn && {
      mutationFn: async (input, context) => {
        try {
          return await mutationFn(input, context);
        } finally {
          underWay.current.delete(JSON.stringify(input));
        }
      },
    }),
  });
  const mutate = useCallback<typeof begin>(
    (...asked) => {
      const what = JSON.stringify(asked[0]);
      if (underWay.current.has(what)) return;
      underWay.current.add(what);
      begin(...asked);
    },
    [begin],
  );
  return { ...mutation, mutate };
}
