export { regex } from "@backstitch/rules/built/regex";
