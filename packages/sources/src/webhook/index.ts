export { signingKey } from "../http/standard-webhooks.ts";
export { Refusal } from "../http/refusal.ts";
export { unverified, verifyBy, type Scheme, type Verify } from "./verify.ts";
export { createWebhook, type Webhook, type WebhookAnswer, type WebhookSettings } from "./webhook.ts";
