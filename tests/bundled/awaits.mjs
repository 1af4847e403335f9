// Secrets are awaited where the module is loaded, beside what is CommonJS.
import { withSecrets } from "@backstitch/lambda";
import { project } from "built-project";
import { equal } from "./like-an-sdk.cjs";

const { services } = await withSecrets(project, { from: "ssm" });
equal(services.size, 1);

export const connected = () => services.get("mail").client();
