export type { Fault, Peer, ReceivedCall } from "./peer.ts";
