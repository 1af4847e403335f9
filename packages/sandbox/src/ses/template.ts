import type { Mail } from "./mail.ts";

/** A template that an account keeps. `{{name}}` stands for a value of the data. */
export interface SesTemplate {
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
}

/** Fills a template, as it is: SES escapes nothing. Undefined: something is missing, and SES says nothing of it. */
export function rendered(template: SesTemplate, data: unknown): Pick<Mail, "subject" | "text" | "html"> | undefined {
  let isWhole = true;
  const fill = (text: string): string =>
    text.replaceAll(/\{\{\s*([\w.]+)\s*\}\}/g, (_, path: string) => {
      const value = path.split(".").reduce<unknown>((held, name) => (held as Record<string, unknown> | undefined)?.[name], data);
      isWhole &&= value !== undefined && value !== null;
      return String(value);
    });
  const subject = fill(template.subject);
  const text = template.text === undefined ? null : fill(template.text);
  const html = template.html === undefined ? null : fill(template.html);
  return isWhole ? { subject, text, html } : undefined;
}
