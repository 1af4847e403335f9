/** Owns a journal until it is killed. Says so on standard output. */
import { openSqliteJournal } from "@backstitch/journals/sqlite";

openSqliteJournal({ path: process.argv[2] ?? "", owner: "take" });
console.log("owner");
setInterval(() => {}, 60_000);
