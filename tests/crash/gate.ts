/** `node gate.ts PORT:TARGET …`: passes on what comes to each port to its target, both on loopback. A process, so that it can be killed and stopped as the network is. */
import { connect, createServer } from "node:net";

const ways = process.argv.slice(2).map((way) => way.split(":").map(Number) as [port: number, target: number]);
let listening = 0;
for (const [port, target] of ways) {
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
      from.setNoDelay(true).pipe(to);
    }
  });
  server.on("listening", () => {
    listening += 1;
    if (listening === ways.length) process.stdout.write("open\n");
  });
  const listen = (): void => void server.listen(port, "127.0.0.1");
  // While nobody listened the system may have lent the port to a connection.
  server.on("error", () => setTimeout(listen, 50));
  listen();
}
