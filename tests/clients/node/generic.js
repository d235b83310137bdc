'use strict';

// The generic client of the earlier generation of SDKs, for all four services.

const { default: Client, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client');
const { default: OpenApiUtil } = require('@alicloud/openapi-util');
const { RuntimeOptions } = require('@alicloud/tea-util');
const { rpcAction, serveCalls } = require('./calls');

async function call(wanted) {
  const { endpoint, region, ...keys } = wanted.login;
  const client = new Client(new Config({ endpoint, regionId: region, protocol: 'http', ...keys }));
  const params = new Params(rpcAction(wanted));
  const request = new OpenApiRequest({ query: OpenApiUtil.query(wanted.parameters) });
  const response = await client.callApi(params, request, new RuntimeOptions({}));
  return response.body;
}

serveCalls(call);
