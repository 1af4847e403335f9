// One cold start: loads the bundle that is named, hands it the first event, and prints how many milliseconds both took together.
const [, , bundle, event] = process.argv;
const records = JSON.parse(event);
const context = { getRemainingTimeInMillis: () => 60_000 };

async function coldStart() {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const { handler } = require(bundle);
  const loaded = performance.now();
  const answer = await handler(records, context);
  const ended = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  if (answer.batchItemFailures.length > 0) throw new Error("The mail was not sent.");
  console.log(JSON.stringify({ load: loaded - began, event: ended - loaded, both: ended - began, cpu: (user + system) / 1_000 }));
}

void coldStart().then(() => process.exit());
