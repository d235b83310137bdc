"""The Python clients: the official SDKs in each of their modes, and the classic one."""

import asyncio
import json
import re
from importlib import import_module
from typing import Any

from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from darabonba.exceptions import DaraException

from tests.clients.client import VERSIONS, Login, RefusedError

PACKAGES = {
    "sts": "alibabacloud_sts20150401",
    "ram": "alibabacloud_ram20150501",
    "ecs": "alibabacloud_ecs20140526",
    "smc": "alibabacloud_smc20190601",
}


class OfficialSdks:
    """The four generated SDKs, with their typed requests and responses.

    Args:
        asynchronous: through the `…_async` methods.
        algorithm: `signature_algorithm` of the Config: None is V3, `v2` is what others call V1.
    """

    exception = "ClientException"

    def __init__(self, *, asynchronous: bool = False, algorithm: str | None = None) -> None:
        self._asynchronous = asynchronous
        self._algorithm = algorithm

    def call(
        self, login: Login, service: str, action: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        """The parameters become a request object; the answer is what the response object has."""
        models = import_module(f"{PACKAGES[service]}.models")
        client = import_module(f"{PACKAGES[service]}.client").Client(self._config(login))
        request_class = getattr(models, f"{action}Request", None)
        request = [request_class().from_map(parameters)] if request_class else []
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()
        try:
            if self._asynchronous:
                response = asyncio.run(getattr(client, f"{method}_async")(*request))
            else:
                response = getattr(client, method)(*request)
        except DaraException as error:
            raise RefusedError(type(error).__name__, error.code, error.data["RequestId"]) from error
        answer: dict[str, Any] = response.body.to_map()
        return answer

    def _config(self, login: Login) -> Config:
        return Config(
            endpoint=login.endpoint,
            protocol="http",
            region_id=login.region,
            access_key_id=login.access_key_id,
            access_key_secret=login.access_key_secret,
            security_token=login.security_token or None,
            signature_algorithm=self._algorithm,
        )


class ClassicCore:
    """`aliyun-python-sdk-core`, which signs V1: CommonRequest with the parameters in the body."""

    exception = "ServerException"

    def call(
        self, login: Login, service: str, action: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        """It has no types: the answer is the JSON as it came."""
        keys = (login.access_key_id, login.access_key_secret)
        client = AcsClient(
            region_id=login.region,
            credential=StsTokenCredential(*keys, login.security_token)
            if login.security_token
            else AccessKeyCredential(*keys),
        )
        request = CommonRequest(login.endpoint, VERSIONS[service], action)
        request.set_protocol_type("http")
        request.set_method("POST")
        for name, value in flat(parameters):
            request.add_body_params(name, value)
        try:
            answer: dict[str, Any] = json.loads(client.do_action_with_exception(request))
        except ServerException as error:
            kind = type(error).__name__
            raise RefusedError(kind, error.get_error_code(), error.get_request_id()) from error
        return answer


def flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Parameters as RPC clients name them: `Tag.1.Key`."""
    if isinstance(value, dict):
        inner = [(f"{name}.{key}" if name else key, item) for key, item in value.items()]
    elif isinstance(value, list):
        inner = [(f"{name}.{number}", item) for number, item in enumerate(value, 1)]
    else:
        return [(name, str(value))]
    return [pair for path, item in inner for pair in flat(item, path)]
