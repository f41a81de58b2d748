/** A person's name, which may be written from right to left. If it is cut off, the title has it in full. */
export const Name = ({ of }: { of: string }) => <bdi title={of}>{of}</bdi>;
