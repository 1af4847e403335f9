import { expect, test, vi } from "vitest";
import { backstitch } from "./support/backstitch.ts";
import { httpService, writeProject } from "./support/project.ts";

vi.setConfig({ testTimeout: 60_000 });

const aws = { region: "eu-central-1", accessKeyId: "AKIAEXAMPLE", secretAccessKey: { $secret: "AWS_SECRET" } };
const to = { $path: "after.to" };

test("check says of each entry what becomes of it where an answer is lost, and that SES and EventBridge cannot tell", async () => {
  const text = { service: "sms", action: "send", with: { to, body: "late" } };
  const mail = { service: "mail", action: "send", with: { to, subject: "Late", text: "late" } };
  const object = { service: "archive", action: "put", with: { key: "late/{{ key.id }}", body: { $path: "after" } } };
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "services/sms.json": {
      connector: "twilio",
      config: { accountSid: "AC1", authToken: { $secret: "AWS_SECRET" }, from: "+15005550006" },
    },
    "services/mail.json": { connector: "ses", config: { ...aws, from: "shop@example.com" } },
    "services/bus.json": { connector: "eventbridge", config: { ...aws, bus: "shop", source: "shop" } },
    "services/archive.json": { connector: "s3", config: { ...aws, bucket: "shop-archive" } },
    "rules/late.json": {
      on: { source: "shop", collection: "orders" },
      then: [
        { service: "sink", action: "request", with: { path: "/late" } },
        text,
        { ...text, name: "held", ifUncertain: "hold" },
        mail,
        { ...mail, name: "mail.held", ifUncertain: "hold" },
        { service: "bus", action: "put", with: { detailType: "late", detail: { $path: "after" } } },
        object,
        { ...object, name: "object.held", ifUncertain: "hold" },
      ],
    },
    "rules/off.json": { enabled: false, on: { source: "shop", collection: "orders" }, then: [text] },
  });
  const { code, stdout } = await backstitch(["check", "-p", project.folder], { CI: "true", AWS_SECRET: "a-secret" });
  expect(code).toBe(0);
  expect(stdout.split("\n").slice(-11)).toEqual([
    "2 rules, 5 services and 1 source are right.",
    "Where the answer to an attempt is lost, it is:",
    "  late → sink.request  by-key: sent again under the same id, by which the far side can do it once.",
    "  late → sms.send      repeats, looked up: sent again where it was not done; sent again where twilio cannot tell.",
    "  late → held          repeats, looked up: sent again where it was not done; held where twilio cannot tell.",
    '  late → mail.send     repeats: sent again: ses cannot tell whether it was done. It may be done twice; "ifUncertain": "hold" would hold it.',
    "  late → mail.held     repeats: held: ses cannot tell whether it was done.",
    '  late → bus.put       repeats: sent again: eventbridge cannot tell whether it was done. It may be done twice; "ifUncertain": "hold" would hold it.',
    "  late → archive.put   by-nature, looked up: sent again where it was not done; twice changes nothing.",
    "  late → object.held   by-nature, looked up: sent again where it was not done; held where s3 cannot tell.",
    "",
  ]);
});
