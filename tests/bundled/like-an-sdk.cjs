// As vendors' SDKs are: CommonJS that takes one of Node's own modules.
exports.equal = require("node:assert").strictEqual;
