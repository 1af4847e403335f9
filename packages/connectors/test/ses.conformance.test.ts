import { describeConnector } from "@backstitch/core/testing";
import { ses } from "@backstitch/connectors/ses";
import { sesPeer } from "@backstitch/sandbox";
import { awsConfig, secretAccessKey, sessionToken } from "./support/aws.ts";
import { validate } from "./support/validate.ts";

const to = "buyer.canary@shop.example";
const others = ["second.canary@shop.example", "third.canary@shop.example"];
const envelope = { to: [to, ...others], replyTo: "care.canary@shop.example" };

describeConnector(ses, {
  validate,
  secrets: [secretAccessKey, sessionToken],
  recipients: [to, ...others, "care.canary@shop.example"],
  config: (url) => ({ ...awsConfig(url), from: "Shop <shop@shop.example>", configurationSet: "events", reportsRenderingFailures: true }),
  actions: {
    send: { args: { ...envelope, subject: "Late", text: `For ${to}`, html: "<p>Late</p>" }, peer: () => sesPeer() },
    sendTemplated: { args: { ...envelope, template: "late", data: { name: "Ada" } }, peer: () => sesPeer() },
    sendRaw: {
      args: { ...envelope, subject: "Late", html: `<p>For ${to}</p>`, attachments: [{ filename: "late.txt", content: `For ${to}` }] },
      peer: () => sesPeer(),
    },
  },
});
