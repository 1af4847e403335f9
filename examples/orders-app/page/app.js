import { ask, changes, logIn, logOut, Refused, register } from "./api.js";

const $ = (id) => document.getElementById(id);
/** By id, as far as they may be read. */
const orders = new Map();
let userId;
let following;

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(event.target));
  void attempt(async () => {
    if (event.submitter.value === "register") await register(email, password);
    userId = await logIn(email, password);
    $("email").textContent = email;
    show(true);
    following = new AbortController();
    void follow(following.signal);
  });
});

$("logout").addEventListener("click", () => {
  following?.abort();
  orders.clear();
  show(false);
  void attempt(logOut);
});

$("order").addEventListener("submit", (event) => {
  event.preventDefault();
  const { item, quantity, phone } = Object.fromEntries(new FormData(event.target));
  void attempt(async () => {
    await ask("POST", "/v1/orders", { owner: userId, item, quantity: Number(quantity), phone });
    event.target.reset();
  });
});

/** What is shown is what the stream tells; it says when to read anew. */
async function follow(signal) {
  for await (const { type, key, document } of changes("orders", signal)) {
    if (type === "ready" || type === "reset") await attempt(readAll);
    if (type === "change") orders.set(document.id, document);
    if (type === "remove") orders.delete(key.id);
    draw();
  }
}

async function readAll() {
  orders.clear();
  let cursor = "";
  do {
    const { body } = await ask("GET", `/v1/orders?sort=made&limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`);
    for (const order of body.documents) orders.set(order.id, order);
    cursor = body.next;
  } while (cursor !== null);
}

function draw() {
  const sorted = [...orders.values()].sort((one, other) => (one.made < other.made ? -1 : 1));
  $("orders").replaceChildren(...sorted.map(rowOf));
  $("none").hidden = sorted.length > 0;
}

function rowOf(order) {
  const row = document.createElement("tr");
  row.className = order.status;
  row.dataset.id = order.id;
  const mayEdit = order.owner === userId && order.status === "new";
  const quantity = mayEdit ? quantityOf(order) : order.quantity;
  const button = mayEdit ? buttonOf("Cancel", () => ask("DELETE", `/v1/orders/${order.id}`)) : shipOf(order);
  for (const content of [order.item, quantity, order.status, button ?? ""]) {
    const cell = document.createElement("td");
    cell.append(content);
    row.append(cell);
  }
  return row;
}

/** Writes what was changed, unless somebody else changed it meanwhile. */
function quantityOf(order) {
  const input = Object.assign(document.createElement("input"), { type: "number", min: 1, max: 100, value: order.quantity });
  input.setAttribute("aria-label", `Quantity of ${order.item}`);
  input.addEventListener(
    "change",
    () =>
      void attempt(async () => {
        const { body, etag } = await ask("GET", `/v1/orders/${order.id}`);
        if (body.quantity !== order.quantity) throw new Refused("The order was changed meanwhile: look at it again.");
        await ask("PATCH", `/v1/orders/${order.id}`, { quantity: Number(input.value) }, { "if-match": etag });
      }),
  );
  return input;
}

/** Whoever may not is told so. */
function shipOf(order) {
  if (order.status !== "new") return undefined;
  return buttonOf("Ship", () => ask("PATCH", `/v1/orders/${order.id}`, { status: "shipped" }));
}

function buttonOf(text, action) {
  const button = Object.assign(document.createElement("button"), { textContent: text, type: "button" });
  button.addEventListener("click", () => void attempt(action));
  return button;
}

async function attempt(action) {
  $("problem").hidden = true;
  try {
    await action();
  } catch (error) {
    $("problem").textContent = error.message;
    $("problem").hidden = false;
  }
}

function show(isLoggedIn) {
  $("login").hidden = isLoggedIn;
  $("who").hidden = !isLoggedIn;
  document.querySelector("main").hidden = !isLoggedIn;
  draw();
}
