import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

/** CloudFormation's functions as plain objects: `!GetAtt Queue.Arn` is `{ GetAtt: "Queue.Arn" }`. */
const customTags = ["Ref", "GetAtt", "Sub"].map((name) => ({ tag: `!${name}`, resolve: (text: string) => ({ [name]: text }) }));

const template = parse(readFileSync(join(import.meta.dirname, "../template.yaml"), "utf8"), { customTags }) as {
  readonly Parameters: object;
  readonly Resources: { readonly [name: string]: { readonly Type: string; readonly Properties: object } };
};

test("the stream is read so that nothing is taken for done which is not", () => {
  expect(template.Resources["Changes"]?.Type).toBe("AWS::Kinesis::Stream");
  expect(template.Resources["GivenUp"]?.Type).toBe("AWS::SQS::Queue");
  expect(template.Resources["ShopFunction"]?.Properties).toMatchObject({
    Events: {
      Changes: {
        Type: "Kinesis",
        Properties: {
          Stream: { GetAtt: "Changes.Arn" },
          StartingPosition: "TRIM_HORIZON",
          FunctionResponseTypes: ["ReportBatchItemFailures"],
          BisectBatchOnFunctionError: true,
          MaximumRetryAttempts: -1,
          DestinationConfig: { OnFailure: { Destination: { GetAtt: "GivenUp.Arn" } } },
        },
      },
    },
    Policies: expect.arrayContaining([{ SQSSendMessagePolicy: { QueueName: { GetAtt: "GivenUp.QueueName" } } }]),
  });
});

test("whatever the template refers to is in it", () => {
  const names = new Set([...Object.keys(template.Parameters), ...Object.keys(template.Resources)]);
  const referred = [...JSON.stringify(template).matchAll(/"(?:Ref|GetAtt)":"(\w+)(?=["."])/g)].map((match) => match[1] ?? "");
  expect(referred.length).toBeGreaterThan(10);
  expect(referred.filter((name) => name !== "AWS" && !names.has(name))).toEqual([]);
});

test("the function is given every variable that its services read, but what Lambda sets itself", () => {
  const services = ["dead-letters", "sms", "warehouse"].map((name) =>
    readFileSync(join(import.meta.dirname, `../services/${name}.json`), "utf8"),
  );
  const read = [...services.join("").matchAll(/"\$(?:env|secret)": "(\w+)"/g)].map((match) => match[1] ?? "");
  const { Environment } = (template.Resources["ShopFunction"] as { Properties: { Environment: { Variables: object } } }).Properties;
  expect(read.filter((name) => name !== "AWS_REGION").toSorted()).toEqual(Object.keys(Environment.Variables).toSorted());
});
