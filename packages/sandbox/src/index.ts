export { httpPeer } from "./http/peer.ts";
export { twilioPeer, type TwilioPeerOptions } from "./twilio/peer.ts";
export type { PeerOptions } from "./server.ts";
