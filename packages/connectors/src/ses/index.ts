export { ses, type SesConfig } from "./ses.ts";
