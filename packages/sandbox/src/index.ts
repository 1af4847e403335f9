export { httpPeer } from "./http/peer.ts";
export type { PeerOptions } from "./server.ts";
