export { dynamoDbStreamsPeer, type DynamoDbStreamsPeer, type DynamoDbStreamsPeerOptions } from "./dynamodb-streams/peer.ts";
export { eventbridgePeer, type EventBridgePeerOptions } from "./eventbridge/peer.ts";
export { httpPeer } from "./http/peer.ts";
export { mongodbPeer, type MongodbPeer, type MongodbPeerOptions } from "./mongodb/peer.ts";
export { s3Peer, type S3PeerOptions } from "./s3/peer.ts";
export { sesEvent, type SesEvent } from "./ses/event.ts";
export { sesPeer, type SesPeer, type SesPeerOptions } from "./ses/peer.ts";
export { twilioPeer, type TwilioPeer, type TwilioPeerOptions } from "./twilio/peer.ts";
export { startPeer, type PeerAnswer, type PeerOptions, type PeerRequest, type Vendor } from "./server.ts";
