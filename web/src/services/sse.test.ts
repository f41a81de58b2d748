import { describe, expect, it } from "vitest";
import { EventStreamParser } from "./sse";

const read = (...pieces: string[]) => {
  const parser = new EventStreamParser();
  return { messages: pieces.flatMap((piece) => parser.push(piece)), parser };
};

describe("the parser of server-sent events", () => {
  it("reads kind, data and id, and the time to wait", () => {
    const { messages, parser } = read("retry: 2204\nid: 41\n\nid: 42\nevent: order.created\ndata: {}\n\n");
    expect(messages).toEqual([{ event: "order.created", data: "{}" }]);
    expect(parser.lastId).toBe("42");
    expect(parser.retry).toBe(2204);
  });

  it("ignores comments, bare ids and unknown fields", () => {
    const { messages, parser } = read(": still here\nid: 43\n\nfoo: bar\nevent: lost\n\ndata\n\n");
    expect(messages).toEqual([{ event: "message", data: "" }]);
    expect(parser.lastId).toBe("43");
  });

  it("knows an id only once its message is complete", () => {
    const { messages, parser } = read("id: 1\ndata: a\n\nid: 2\ndata: b\n");
    expect(messages).toEqual([{ event: "message", data: "a" }]);
    expect(parser.lastId).toBe("1");
    expect(parser.push("\n")).toEqual([{ event: "message", data: "b" }]);
    expect(parser.lastId).toBe("2");
  });

  it("leaves out ids with a NUL and times that are no number", () => {
    const { parser } = read("id: 1\n\nid: 2\0\nretry: 1s\n\n");
    expect(parser.lastId).toBe("1");
    expect(parser.retry).toBeUndefined();
  });

  it("strips one space from a value, keeps colons, and joins lines of data", () => {
    expect(read("data:  a: b\ndata:c\ndata\n\n").messages).toEqual([{ event: "message", data: " a: b\nc\n" }]);
  });

  const stream = "\uFEFFid: 7\r\nevent: order.updated\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\n: hi\r\rdata: x\n\n";
  const expected = [
    { event: "order.updated", data: '{"a":\n1}' },
    { event: "message", data: "x" },
  ];
  it.each([["\r\n"], ["\r"], ["\n"]])("takes %j as the end of a line", (end) => {
    expect(read(stream.replaceAll(/\r\n|\r|\n/g, end)).messages).toEqual(expected);
  });

  it("reads the same however the stream is cut", () => {
    expect(read(...Array.from(stream)).messages).toEqual(expected);
    for (let cut = 0; cut <= stream.length; cut++) {
      const { messages, parser } = read(stream.slice(0, cut), stream.slice(cut));
      expect(messages).toEqual(expected);
      expect(parser.lastId).toBe("7");
    }
  });
});
