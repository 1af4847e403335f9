import type * as Core from "@backstitch/core/connector";
import { createEventBridge, eventbridge } from "@backstitch/connectors/eventbridge";
import { createHttp, http } from "@backstitch/connectors/http";
import { createS3, s3 } from "@backstitch/connectors/s3";
import { createSes, ses } from "@backstitch/connectors/ses";
import { createTwilio, twilio } from "@backstitch/connectors/twilio";
import { Secret } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import * as bare from "./bare.ts";

/** Makes one call, for the n-th time. */
export type Call = (n: number) => Promise<unknown>;

/** A connector's action beside what a developer would write without it. */
export interface Contender {
  readonly action: string;
  readonly connector: Core.AnyConnector;
  readonly args: (n: number) => Row;
  config(url: string): object;
  /** Through the function that a developer imports. */
  plain(url: string): Call;
  /** By the vendor's SDK alone. */
  bare(url: string): Call;
}

const aws = (endpoint: string) => ({ ...bare.region, endpoint, accessKeyId: "AKIA0", secretAccessKey: new Secret("bench") });
const account = (baseUrl: string) => ({ accountSid: bare.ACCOUNT, authToken: new Secret(bare.TOKEN), from: bare.FROM, baseUrl });

const sendText = (n: number) => ({ to: bare.TO, body: bare.textOf(n) });
const sendMail = (n: number) => ({ to: bare.RECIPIENT, subject: bare.SUBJECT, text: bare.textOf(n) });
const putObject = (n: number) => ({ key: bare.keyOf(n), body: bare.orderOf(n) });
const putEvent = (n: number) => ({ detailType: bare.DETAIL_TYPE, detail: bare.orderOf(n) });
const post = (n: number) => ({ path: "orders", body: bare.orderOf(n) });

/** What is measured: each does the same as what stands beside it, and says the same to the far side as far as that has a place for it. */
export const contenders: Readonly<Record<string, Contender>> = {
  twilio: {
    action: "send",
    connector: twilio,
    args: sendText,
    config: account,
    bare: bare.twilioCall,
    plain(url) {
      const { send } = createTwilio(account(url));
      return (n) => send(sendText(n));
    },
  },
  ses: {
    action: "send",
    connector: ses,
    args: sendMail,
    config: (url) => ({ ...aws(url), from: bare.SENDER }),
    bare: bare.sesCall,
    plain(url) {
      const { send } = createSes({ ...aws(url), from: bare.SENDER });
      return (n) => send(sendMail(n));
    },
  },
  s3: {
    action: "put",
    connector: s3,
    args: putObject,
    config: (url) => ({ ...aws(url), bucket: bare.BUCKET, forcePathStyle: true }),
    bare: bare.s3Call,
    plain(url) {
      const { put } = createS3({ ...aws(url), bucket: bare.BUCKET, forcePathStyle: true });
      return (n) => put(putObject(n));
    },
  },
  eventbridge: {
    action: "put",
    connector: eventbridge,
    args: putEvent,
    config: (url) => ({ ...aws(url), source: bare.EVENT_SOURCE }),
    bare: bare.eventbridgeCall,
    plain(url) {
      const { put } = createEventBridge({ ...aws(url), source: bare.EVENT_SOURCE });
      return (n) => put(putEvent(n));
    },
  },
  http: {
    action: "request",
    connector: http,
    args: post,
    config: (baseUrl) => ({ baseUrl }),
    bare: bare.undiciCall,
    plain(baseUrl) {
      const { request } = createHttp({ baseUrl });
      return (n) => request(post(n));
    },
  },
};
