import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

const folder = join(import.meta.dirname, "../examples/lambda-dynamodb-stream");

/** CloudFormation's functions as plain objects. */
const customTags = ["Ref", "GetAtt", "Sub"].map((name) => ({ tag: `!${name}`, resolve: (text: string) => ({ [name]: text }) }));

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-template-publishing-applications-metadata-properties.html */
test("the manifest has what the Serverless Application Repository asks for before an application may be public", () => {
  const template = parse(readFileSync(join(folder, "template.yaml"), "utf8"), { customTags }) as { Metadata: Record<string, Manifest> };
  const manifest = template.Metadata["AWS::ServerlessRepo::Application"];
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  expect(manifest).toEqual({
    Name: expect.stringMatching(/^[a-zA-Z0-9-]{1,140}$/),
    Description: expect.stringMatching(/^.{1,256}$/),
    Author: expect.stringMatching(/^(?=.{1,127}$)[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?$/),
    SpdxLicenseId: "Apache-2.0",
    LicenseUrl: expect.any(String),
    ReadmeUrl: expect.any(String),
    Labels: expect.any(Array),
    SemanticVersion: version,
  });
  expect(manifest?.Labels.length).toBeLessThanOrEqual(10);
  for (const label of manifest?.Labels ?? []) expect(label).toMatch(/^[a-zA-Z0-9+\-_:/@]{1,127}$/);
  expect(readFileSync(join(folder, manifest?.LicenseUrl ?? ""), "utf8")).toContain("Apache License");
  expect(existsSync(join(folder, manifest?.ReadmeUrl ?? ""))).toBe(true);
});

interface Manifest {
  readonly Labels: readonly string[];
  readonly LicenseUrl: string;
  readonly ReadmeUrl: string;
}
