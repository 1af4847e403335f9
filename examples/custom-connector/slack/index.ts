export { createSlack, slack } from "./slack.ts";
