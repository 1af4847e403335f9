// Rules and SES behind a DynamoDB stream, as a project that was built.
import { dynamoDbStreamHandler } from "@backstitch/lambda";
import { project } from "built-project";

const { rules, services } = project();
const failed = () => Promise.reject(new Error("A mail was not sent."));

export const handler = dynamoDbStreamHandler({ rules, services, source: "orders", deadLetters: { send: failed } });
