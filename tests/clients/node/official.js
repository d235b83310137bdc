'use strict';

// The generated SDKs of STS, RAM and ECS with their typed requests and responses. SMC has none for
// Node, so it is called through the client that those three are made on. First argument: the
// signature algorithm, none for V3.

const { default: Core, OpenApiUtil, $OpenApiUtil } = require('@alicloud/openapi-core');
const { RuntimeOptions, cast, toMap } = require('@darabonba/typescript');
const { rpcAction, serveCalls } = require('./calls');

const SDKS = {
  sts: require('@alicloud/sts20150401'),
  ram: require('@alicloud/ram20150501'),
  ecs: require('@alicloud/ecs20140526'),
};
const [signatureAlgorithm] = process.argv.slice(2);

async function call(wanted) {
  const { endpoint, region, ...keys } = wanted.login;
  const config = new $OpenApiUtil.Config({
    endpoint,
    regionId: region,
    protocol: 'http',
    signatureAlgorithm,
    ...keys,
  });
  return wanted.service in SDKS ? typed(config, wanted) : untyped(config, wanted);
}

async function typed(config, { service, action, parameters }) {
  const sdk = SDKS[service];
  const request = sdk[`${action}Request`];
  const given = request ? [cast(parameters, new request({}))] : [];
  const method = action[0].toLowerCase() + action.slice(1);
  const response = await new sdk.default(config)[method](...given);
  return toMap(response.body);
}

async function untyped(config, wanted) {
  const params = new $OpenApiUtil.Params(rpcAction(wanted));
  const query = OpenApiUtil.query(wanted.parameters);
  const request = new $OpenApiUtil.OpenApiRequest({ query });
  const response = await new Core(config).callApi(params, request, new RuntimeOptions({}));
  return response.body;
}

serveCalls(call);
