'use strict';

const readline = require('node:readline');

/**
 * Answers each line of standard input with a line, as tests/clients/client.py describes.
 *
 * @param {(wanted: object) => Promise<object>} call calls the action and returns the answer
 */
async function serveCalls(call) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await said(call, JSON.parse(line)))}\n`);
  }
}

async function said(call, wanted) {
  try {
    return { answer: await call(wanted) };
  } catch (error) {
    if (!error.data) throw error; // not a refusal
    const { RequestId: requestId } = error.data;
    return { refusal: { type: error.constructor.name, code: error.code, requestId } };
  }
}

/** What the generic clients have to be told of an RPC action. */
function rpcAction({ action, version }) {
  return {
    action,
    version,
    protocol: 'HTTP',
    method: 'POST',
    pathname: '/',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  };
}

module.exports = { rpcAction, serveCalls };
