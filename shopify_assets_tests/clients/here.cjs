// Leads every shop's domain to the simulated shops on this machine (SIMULATOR_PORT).
const tls = require("node:tls");

const connect = tls.connect;
tls.connect = function (...given) {
  const [options] = given;
  const host = options && (options.servername || options.host);
  if (host && host.endsWith(".myshopify.com")) {
    const here = { host: "127.0.0.1", port: Number(process.env.SIMULATOR_PORT) };
    given[0] = { ...options, ...here, servername: host };
  }
  return connect.apply(this, given);
};
