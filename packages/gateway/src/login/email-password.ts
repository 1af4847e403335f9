import { HttpProblem } from "../http/problem.ts";
import type { Database, Queries } from "../postgres/database.ts";
import type { Attempts } from "./attempts.ts";
import type { Mailer } from "./mailer.ts";
import type { Passwords } from "./passwords.ts";
import { endSessions } from "./sessions.ts";
import type { EmailPasswordOptions, LoginMail } from "./settings.ts";
import { readTicket, takeTicket, writeTicket } from "./tickets.ts";
import { MINUTE_MS } from "./time.ts";
import { addUser } from "./users.ts";

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Of no answer, nor of its time, can be told who has an account. @param address From where it is asked. */
export interface EmailPassword {
  /** @throws HttpProblem 401, 429 */
  login(credentials: Credentials, address: string): Promise<string>;
  /** Sends a link that makes the user; without confirmation the user is made at once. @throws HttpProblem 422, 429 */
  register(credentials: Credentials, address: string): Promise<void>;
  /**
   * @param given The password says that who has the mail is who registered; undefined: that is not asked.
   * @throws HttpProblem 401 where it is another one, or the link is not good, 429
   */
  confirm(given: { readonly token: string; readonly password: string | undefined }, address: string): Promise<void>;
  /** @throws HttpProblem 404 where nobody gets another password, 429 */
  sendReset(email: string, address: string): Promise<void>;
  /** Ends all sessions. @throws HttpProblem 401, 422, 429 */
  reset(given: { readonly token: string; readonly password: string }, address: string): Promise<void>;
}

export interface EmailPasswordParts {
  readonly database: Database;
  readonly options: EmailPasswordOptions;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly mailer: Mailer;
  readonly now: () => number;
}

export const PROVIDER = "emailPassword";
const LINK_MS = 30 * MINUTE_MS;
const LONGEST_EMAIL = 254;
const LONGEST_PASSWORD = 256;
/** A character has up to two. */
const LONGEST_IN_UNITS = 2 * LONGEST_PASSWORD;
const STORED = `SELECT p.user_id, p.hash FROM backstitch.login_identity i JOIN backstitch.login_password p ON p.user_id = i.user_id
 WHERE i.provider = 'emailPassword' AND i.subject = $1`;

export function createEmailPassword(parts: EmailPasswordParts): EmailPassword {
  const { database, options, passwords, attempts, now } = parts;
  return {
    async login({ email, password }, address) {
      const account = accountOf(email);
      return attempts.during({ what: "login", account, address }, async () => {
        const [row] = await database.query(STORED, [account]);
        const isRight = await passwords.verify(password.slice(0, LONGEST_IN_UNITS + 1), row?.["hash"] ?? undefined);
        if (!isRight) throw refused();
        return row?.["user_id"] ?? "";
      });
    },
    async register({ email, password }, address) {
      const account = accountOf(email);
      checkPassword(password, options);
      if (!EMAIL.test(account) || account.length > LONGEST_EMAIL)
        throw new HttpProblem(422, "EMAIL_INVALID", 'What "email" is given is not an address.');
      await attempts.take({ what: "register", account, address });
      await registered(parts, account, await passwords.hash(password));
    },
    confirm: (given, address) => attempts.during({ what: "link", account: undefined, address }, () => confirmed(parts, given)),
    async sendReset(email, address) {
      const { resetUrl } = options;
      if (resetUrl === undefined) throw new HttpProblem(404, "RESET_UNAVAILABLE", "Passwords are not reset here.");
      const account = accountOf(email);
      await attempts.take({ what: "reset", account, address });
      parts.mailer.post(() => resetMail(database, account, { resetUrl, until: now() + LINK_MS }));
    },
    async reset({ token, password }, address) {
      checkPassword(password, options);
      await attempts.during({ what: "link", account: undefined, address }, async () => {
        const hash = await passwords.hash(password);
        await database.transaction((queries) => resetPassword(queries, { secret: token, now: now() }, hash));
      });
    },
  };
}

/** Whoever has the address has the link; until then there is no user. */
async function registered({ database, options, mailer, now }: EmailPasswordParts, account: string, hash: string): Promise<void> {
  const { confirmUrl } = options;
  const at = now();
  if (confirmUrl === undefined)
    return database.transaction((queries) => addWithPassword(queries, { account, hash, at }).then(() => undefined));
  mailer.post(async () => {
    const [known] = await database.query(STORED, [account]);
    // Written in either case, so that this takes the same time: nobody is sent what it can be shown by.
    const token = await writeTicket(database, { purpose: "confirm", held: { email: account, hash }, until: at + LINK_MS });
    return known === undefined ? mailOf("confirm", account, { token, url: confirmUrl }) : undefined;
  });
}

/** A link that was opened with a wrong password stays good. */
async function confirmed(
  { database, passwords, now }: EmailPasswordParts,
  { token, password }: Parameters<EmailPassword["confirm"]>[0],
): Promise<void> {
  const at = now();
  if (password !== undefined) {
    const { hash } = (await readTicket(database, "confirm", { secret: token, now: at })) ?? {};
    if (typeof hash !== "string") throw linkInvalid();
    if (!(await passwords.verify(password.slice(0, LONGEST_IN_UNITS + 1), hash)))
      throw new HttpProblem(401, "LOGIN_REFUSED", "This is not the password that the address was registered with.");
  }
  await database.transaction(async (queries) => {
    const { email, hash } = (await takeTicket(queries, "confirm", { secret: token, now: at })) ?? {};
    if (typeof email !== "string" || typeof hash !== "string") throw linkInvalid();
    if (!(await addWithPassword(queries, { account: email, hash, at }))) throw linkInvalid();
  });
}

/** Whether there was no such user yet. */
async function addWithPassword(queries: Queries, { account, hash, at }: { account: string; hash: string; at: number }): Promise<boolean> {
  const id = await addUser(queries, { provider: PROVIDER, subject: account }, { data: { email: account }, at });
  if (id === undefined) return false;
  await queries.query("INSERT INTO backstitch.login_password (user_id, hash) VALUES ($1, $2)", [id, hash]);
  return true;
}

/** Goes to the address that is stored, whatever was asked with. */
async function resetMail(queries: Queries, account: string, link: { resetUrl: string; until: number }): Promise<LoginMail | undefined> {
  const [row] = await queries.query(STORED, [account]);
  const userId = row?.["user_id"] ?? undefined;
  // Nobody's, too, so that this takes the same time.
  const ticket = { purpose: "reset", held: { userId: userId ?? null }, until: link.until } as const;
  const token = await writeTicket(queries, userId === undefined ? ticket : { ...ticket, userId });
  return userId === undefined ? undefined : mailOf("reset", account, { token, url: link.resetUrl });
}

async function resetPassword(queries: Queries, shown: { secret: string; now: number }, hash: string): Promise<void> {
  const { userId } = (await takeTicket(queries, "reset", shown)) ?? {};
  if (typeof userId !== "string") throw linkInvalid();
  await queries.query("UPDATE backstitch.login_password SET hash = $2 WHERE user_id = $1", [userId, hash]);
  await queries.query("DELETE FROM backstitch.login_ticket WHERE user_id = $1 AND purpose = 'reset'", [userId]);
  await endSessions(queries, userId);
}

function mailOf(purpose: LoginMail["purpose"], email: string, { token, url }: { token: string; url: string }): LoginMail {
  const link = new URL(url);
  link.searchParams.set("token", token);
  return { purpose, email, link: link.href, token };
}

const EMAIL = /^[^\s@\p{C}<>,;:"()[\]\\]+@[^\s@\p{C}<>,;:"()[\]\\]+$/u;

/** Of letters of ASCII alone: further ones that look alike in one case are other addresses. */
function accountOf(email: string): string {
  return email.trim().replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function checkPassword(password: string, { minimumLength = 8 }: EmailPasswordOptions): void {
  const { length } = Array.from(password);
  if (length < minimumLength) throw new HttpProblem(422, "PASSWORD_TOO_SHORT", `A password has ${minimumLength} characters or more.`);
  if (length > LONGEST_PASSWORD) throw new HttpProblem(422, "PASSWORD_TOO_LONG", `A password has at most ${LONGEST_PASSWORD} characters.`);
}

function refused(): HttpProblem {
  return new HttpProblem(401, "LOGIN_REFUSED", "The address or the password is wrong, or the address is not confirmed yet.");
}

function linkInvalid(): HttpProblem {
  return new HttpProblem(401, "LINK_INVALID", "This link was used already, or is too old. Ask for another.");
}
