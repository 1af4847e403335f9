/** Lowered to a condition of its own over each element: there is nothing left to match here. */
export const elemMatch = {
  summary: "An array with at least one element that meets the whole condition.",
};
