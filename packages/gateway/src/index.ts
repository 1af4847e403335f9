export { GatewayMisconfigured, openGateway, type Gateway, type GatewayLogin, type GatewayOptions, type GatewayRules } from "./gateway.ts";
export { openServerKeys, type ServerKeys } from "./login/server-keys.ts";
export type { LoginMail, LoginOptions } from "./login/settings.ts";
export type { ReadersOf } from "./postgres/catalogue.ts";
export type { DatabaseOptions } from "./postgres/database.ts";
export type { Authenticate } from "./http/asker.ts";
export type { LiveIntake } from "./live/hub.ts";
export type { CallService } from "./services/routes.ts";
export type { WebhookRoute, WebhookRoutes } from "./webhooks/routes.ts";
