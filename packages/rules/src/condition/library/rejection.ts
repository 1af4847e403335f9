/** The library would throw here, and so reject the run. Its message is for people, and quotes nothing of the event. */
export class LibraryRejection extends Error {
  override readonly name = "LibraryRejection";
}
