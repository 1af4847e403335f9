import { serviceWith } from "./support/project.ts";
import { checkRows, type Row } from "./support/rows.ts";

const limits: readonly Row[] = [
  [
    "a limit of a unit that is none",
    serviceWith({}, { limits: { segmnts: "1 per 1s" } }),
    [
      'services/text.json:10:3 LIMIT_UNIT_UNKNOWN "segmnts" is not a unit of "sms"; its services can limit "requests", "segments".\n  Did you mean "segments"?',
    ],
  ],
  [
    "concurrency among the limits",
    serviceWith({}, { limits: { concurrency: "8 per 1s" } }),
    [
      'services/text.json:10:3 LIMIT_UNIT_UNKNOWN "concurrency" is not a unit of "sms"; its services can limit "requests", "segments".\n  Write "concurrency" beside "limits".',
    ],
  ],
  ...["10/s", "0 per 1s", "1.5 per 1s", "10 per s", "10 per 5ms", "10 per 8d"].map((rate): Row => [
    `a limit of ${rate}`,
    serviceWith({}, { limits: { requests: rate } }),
    [
      `services/text.json:10:15 LIMIT_INVALID "requests" is "${rate}"; it must be a whole number and a time from 10ms to 7d, such as "10 per 1s" or "50000 per 24h".`,
    ],
  ]),
  [
    "a limit whose unit is in capital letters",
    serviceWith({}, { limits: { requests: "10 per 1S" } }),
    [
      'services/text.json:10:15 LIMIT_INVALID "requests" is "10 per 1S"; it must be a whole number and a time from 10ms to 7d, such as "10 per 1s" or "50000 per 24h".\n  Did you mean "10 per 1s"?',
    ],
  ],
  [
    "one of several limits",
    serviceWith({}, { limits: { segments: ["1 per 1s", "100/h"] } }),
    [
      'services/text.json:12:4 LIMIT_INVALID "segments[1]" is "100/h"; it must be a whole number and a time from 10ms to 7d, such as "10 per 1s" or "50000 per 24h".',
    ],
  ],
  ...(
    [
      ["args"],
      ["rules", '"rule"'],
      ["args..to"],
      ["rule.name"],
      ["afer.tenant", '"after.tenant"'],
      ['befor["a.b"]', '"before[\\"a.b\\"]"'],
      ["tenant", '"args.tenant" or "after.tenant"'],
      ["after"],
      ["before"],
      ["values.tenants"],
      ["values"],
      ["operation.name"],
      ["changd.name", '"changed.name"'],
      ["meta.tenant"],
    ] as const
  ).map(([per, meant]): Row => [
    `turns by ${per}`,
    serviceWith({}, { limits: { per } }),
    [
      `services/text.json:10:10 LIMIT_PER_INVALID "per" is ${JSON.stringify(per)}; it must be "rule", "then", "action", "lane", or a path into the arguments or the event, such as "args.to" or "after.tenant".${meant === undefined ? "" : `\n  Did you mean ${meant}?`}`,
    ],
  ]),
  [
    "a limit that is a number",
    serviceWith({}, { limits: { requests: 10 } }),
    ['services/text.json:10:15 SERVICE_VALUE_INVALID "requests" is 10; it must be text or a list.'],
  ],
];

checkRows("limits", limits);
