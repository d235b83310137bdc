'use strict';

// The classic RPC client: V1, everything in the body of a POST or in the query of a GET. First
// argument: the method.

const { RPCClient } = require('@alicloud/pop-core');
const { serveCalls } = require('./calls');

const [method] = process.argv.slice(2);

async function call({ login, version, action, parameters }) {
  const { endpoint, region, ...keys } = login;
  const client = new RPCClient({ endpoint: `http://${endpoint}`, apiVersion: version, ...keys });
  return client.request(action, { RegionId: region, ...parameters }, { method });
}

serveCalls(call);
