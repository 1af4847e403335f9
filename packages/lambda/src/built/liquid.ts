export { liquid } from "@backstitch/rules/built/liquid";
