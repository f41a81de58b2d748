/** A message of a stream of server-sent events. */
export interface Message {
  /** "message" where the stream names no type. */
  event: string;
  data: string;
}

/** Reads server-sent events as they come in, in pieces of any size (WHATWG HTML, 9.2.6). */
export class EventStreamParser {
  /** The id of the last complete message: where to resume. */
  lastId = "";
  /** Milliseconds that the server asks to wait before reconnecting. */
  retry: number | undefined;

  #line = "";
  #data: string[] = [];
  #event = "";
  #id: string | undefined;
  #atStart = true;
  #afterReturn = false;

  /** The messages that this piece completes. */
  push(piece: string): Message[] {
    if (piece === "") return [];
    let text = piece;
    if (this.#atStart) text = text.replace(/^\uFEFF/, "");
    if (this.#afterReturn && text.startsWith("\n")) text = text.slice(1); // the second half of a CRLF
    this.#atStart = false;
    this.#afterReturn = text === "" ? false : text.endsWith("\r");
    const lines = (this.#line + text).split(/\r\n|\n|\r/);
    this.#line = lines.pop() ?? "";
    return lines.flatMap((line) => this.#take(line) ?? []);
  }

  #take(line: string): Message | undefined {
    if (line === "") return this.#dispatch();
    if (line.startsWith(":")) return undefined;
    const [, name = line, value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return undefined;
  }

  #dispatch(): Message | undefined {
    this.lastId = this.#id ?? this.lastId;
    const message = this.#data.length > 0 ? { event: this.#event || "message", data: this.#data.join("\n") } : undefined;
    this.#data = [];
    this.#event = "";
    return message;
  }
}
