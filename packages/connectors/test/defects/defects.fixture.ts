import { describeDefects } from "../support/defective.ts";

describeDefects();
