/** A peer that is closed where its scope ends. */
export function disposable<Peer extends { close(): Promise<void> }>(peer: Peer): Peer & AsyncDisposable {
  return { ...peer, [Symbol.asyncDispose]: () => peer.close() };
}
