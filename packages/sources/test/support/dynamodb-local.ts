import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { freePort } from "@backstitch/sandbox";

/** AWS's own emulator runs on Java. */
export function hasJava(): boolean {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts AWS's DynamoDB Local (of 2020), which a package brings along. It listens on every interface. */
export async function startDynamoDbLocal(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const cwd = join(dirname(createRequire(import.meta.url).resolve("local-dynamo/package.json")), "aws_dynamodb_local");
  const port = await freePort();
  // A short life is not worth the better of its compilers.
  const flags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"];
  const server = spawn("java", [...flags, "-inMemory", "-sharedDb", "-port", String(port)], { cwd, stdio: ["ignore", "pipe", "ignore"] });
  const url = `http://127.0.0.1:${port}`;
  await untilItAnswers(server, url);
  return {
    url,
    async stop() {
      const exited = once(server, "exit");
      server.kill("SIGTERM");
      await exited;
    },
  };
}

/** It says what it is set to before it listens. */
async function untilItAnswers(server: ChildProcess, url: string): Promise<void> {
  while (server.exitCode === null) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
  }
  throw new Error(`DynamoDB Local did not start: it ended with ${server.exitCode}.`);
}
