import { Hono } from "hono";
import { readObject } from "../../http/body.ts";
import type { EmailPassword } from "../email-password.ts";
import type { LoginContext } from "./context.ts";
import { nothing, textField } from "./body.ts";

/** `/v1/auth/register`, `confirm` and `reset`. */
export function emailRoutes({ addressOf }: LoginContext, emailPassword: EmailPassword): Hono {
  const routes = new Hono();
  for (const path of ["/v1/auth/register", "/v1/auth/confirm/send"])
    routes.post(path, async (context) => {
      const fields = await readObject(context.req.raw);
      const credentials = { email: textField(fields, "email"), password: textField(fields, "password") };
      await emailPassword.register(credentials, addressOf(context));
      return nothing(202);
    });
  routes.post("/v1/auth/confirm", async (context) => {
    const fields = await readObject(context.req.raw);
    const password = Object.hasOwn(fields, "password") ? textField(fields, "password") : undefined;
    await emailPassword.confirm({ token: textField(fields, "token"), password }, addressOf(context));
    return nothing(204);
  });
  routes.post("/v1/auth/reset/send", async (context) => {
    const email = textField(await readObject(context.req.raw), "email");
    await emailPassword.sendReset(email, addressOf(context));
    return nothing(202);
  });
  routes.post("/v1/auth/reset", async (context) => {
    const fields = await readObject(context.req.raw);
    const given = { token: textField(fields, "token"), password: textField(fields, "password") };
    await emailPassword.reset(given, addressOf(context));
    return nothing(204);
  });
  return routes;
}
