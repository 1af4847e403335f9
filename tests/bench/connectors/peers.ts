/** Runs the far sides in a process of their own, so that what they cost is nobody else's; says where they listen, and ends with whoever began it. */
import { eventbridgePeer, httpPeer, s3Peer, sesPeer, twilioPeer } from "@backstitch/sandbox";

const peers = { twilio: twilioPeer, ses: sesPeer, s3: s3Peer, eventbridge: eventbridgePeer, http: httpPeer };
const name = process.argv[2] as keyof typeof peers;
const { url } = await peers[name]();
process.send?.(url);
process.once("disconnect", () => process.exit());
