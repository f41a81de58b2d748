import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { chromium } from "./chromium";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the console is, such as http://127.0.0.1:12345. */
    base: string;
  }
}

const binary = process.env.MICRODEMO ?? join(import.meta.dirname, "../../bin/microdemo");

/** Runs a whole microdemo with its demo shop for the time of the tests, with data and a port of its own. */
export default async function setup(project: TestProject) {
  if (!chromium) return;
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: make test-e2e builds it`);
  const data = await mkdtemp(join(tmpdir(), "microdemo-e2e-"));
  const process = spawn(binary, ["up", "--addr", "127.0.0.1:0", "--data", data, "--seed", "--demo"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = async () => {
    if (process.exitCode === null && process.kill("SIGINT")) await once(process, "exit");
    await rm(data, { recursive: true, force: true });
  };
  try {
    project.provide("base", await ready(process));
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** The address that it tells once it is ready. */
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
