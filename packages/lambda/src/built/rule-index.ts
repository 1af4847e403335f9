export { index } from "@backstitch/rules/built/index";
