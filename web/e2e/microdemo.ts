import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import type { TestProject } from "vitest/node";
import { ask, signInTo } from "./api";
import { chromium } from "./chromium";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the console is, such as http://127.0.0.1:12345. */
    base: string;
  }
}

const binary = env.MICRODEMO ?? join(import.meta.dirname, "../../bin/microdemo");

/** Runs a complete microdemo with its demo shop during the tests, with its own data and port. */
export default async function setup(project: TestProject) {
  if (!chromium) return;
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: make bin/microdemo builds it`);
  const data = await mkdtemp(join(tmpdir(), "microdemo-e2e-"));
  const sink = createServer((_, response) => response.writeHead(204).end()).listen(0, "127.0.0.1");
  const process = spawn(binary, ["up", "--addr", "127.0.0.1:0", "--data", data, "--seed", "--demo"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, WEBHOOK_ALLOW_PRIVATE: "true" },
  });
  const stop = async () => {
    if (process.exitCode === null && process.kill("SIGINT")) await once(process, "exit");
    sink.close();
    await rm(data, { recursive: true, force: true });
  };
  try {
    const base = await ready(process);
    await addWebhook(base, sink);
    project.provide("base", base);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** Creates the first webhook and an order with some history, for the pages that show them. */
async function addWebhook(base: string, sink: Server) {
  const address = sink.address();
  if (address === null || typeof address === "string") throw new Error("the sink does not listen");
  const { access_token } = await signInTo(base, "admin");
  await ask(base, "POST", "/orders/webhooks", { url: `http://127.0.0.1:${address.port}/hooks` }, access_token);
  const items = ["COF-001", "TEA-002", "CUP-001"].map((sku, more) => ({ sku, quantity: 1 + more }));
  await ask(base, "POST", "/orders/", { id: "ORD-002", user_id: 2, items }, access_token);
  for (const status of ["processing", "shipped"]) await ask(base, "PUT", "/orders/ORD-002", { status }, access_token);
}

/** The address that it prints once it is ready. */
function ready(process: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const address = /ready at (http:\S+)/.exec(said)?.[1];
      if (address) resolve(address);
    };
    process.stdout?.on("data", listen);
    process.stderr?.on("data", listen);
    process.on("error", reject);
    process.on("exit", (code) => reject(new Error(`microdemo ended with ${String(code)} before it was ready:\n${said}`)));
  });
}
