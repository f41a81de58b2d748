/** The name of a person. It may run from right to left, and be cut off by what is around it; the title has it in full. */
export const Name = ({ of }: { of: string }) => <bdi title={of}>{of}</bdi>;
