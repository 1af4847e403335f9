import { Decimal128, MongoClient } from "mongodb";

/** Writes to a shop's orders as any program does, through MongoDB's own driver. */
export async function liveThroughTheDay(url: string): Promise<void> {
  await using client = new MongoClient(url);
  const shop = client.db("shop");
  // With images a rule may ask what an order was before.
  const orders = await shop.createCollection("orders", { changeStreamPreAndPostImages: { enabled: true } });
  const customer = { name: "Ada", email: "ada@example.com", phone: "+15005550010" };
  const { insertedId: first } = await orders.insertOne({
    number: 1001,
    status: "open",
    total: Decimal128.fromString("1250.50"),
    items: ["widget"],
    customer,
  });
  await orders.updateOne({ _id: first }, { $set: { status: "paid" } });
  await orders.updateOne({ _id: first }, { $set: { "customer.email": "ada@example.org" } });
  await orders.updateOne({ _id: first }, { $set: { status: "shipped" } });
  const second = { number: 1002, total: Decimal128.fromString("9.90"), items: ["gadget"], customer };
  const { insertedId } = await orders.insertOne({ ...second, status: "open" });
  // As Compass does it: the whole document anew.
  await orders.replaceOne({ _id: insertedId }, { ...second, status: "paid" });
  await orders.deleteOne({ _id: insertedId });
  await orders.insertOne({ number: 1003, status: "open", total: Decimal128.fromString("3.00"), items: [], customer });
}
