package clients;

import com.aliyun.openapiutil.Client;
import com.aliyun.tea.TeaException;
import com.aliyun.tea.TeaModel;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;

/**
 * The generated SDKs of STS, RAM and ECS with their typed requests and responses. SMC has none for
 * Java, so it is called through the client that those three are made on.
 */
final class Official implements Calls.Client {
    private static final Map<String, String> PACKAGES =
            Map.of(
                    "sts", "com.aliyun.sts20150401",
                    "ram", "com.aliyun.ram20150501",
                    "ecs", "com.aliyun.ecs20140526");

    public static void main(String[] arguments) throws Exception {
        Calls.serve(new Official());
    }

    @Override
    public Object call(Calls.Wanted wanted) throws Exception {
        var config =
                new Config()
                        .setEndpoint(wanted.login().endpoint())
                        .setProtocol("http")
                        .setRegionId(wanted.login().region())
                        .setAccessKeyId(wanted.login().accessKeyId())
                        .setAccessKeySecret(wanted.login().accessKeySecret())
                        .setSecurityToken(wanted.login().securityToken());
        var sdk = PACKAGES.get(wanted.service());
        return sdk == null ? untyped(config, wanted) : typed(sdk, config, wanted);
    }

    private static Object typed(String sdk, Config config, Calls.Wanted wanted) throws Exception {
        var client = Class.forName(sdk + ".Client").getConstructor(Config.class).newInstance(config);
        var action = wanted.action();
        var method = Character.toLowerCase(action.charAt(0)) + action.substring(1);
        Object response;
        try {
            if (action.equals("GetCallerIdentity")) {
                response = client.getClass().getMethod(method).invoke(client);
            } else {
                var type = Class.forName(sdk + ".models." + action + "Request");
                var request = (TeaModel) type.getConstructor().newInstance();
                TeaModel.build(wanted.parameters(), request);
                response = client.getClass().getMethod(method, type).invoke(client, request);
            }
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause() instanceof Exception cause ? cause : thrown;
        }
        return ((TeaModel) response).toMap().get("body");
    }

    private static Object untyped(Config config, Calls.Wanted wanted) throws Exception {
        var params =
                new Params()
                        .setAction(wanted.action())
                        .setVersion(wanted.version())
                        .setProtocol("HTTP")
                        .setMethod("POST")
                        .setPathname("/")
                        .setAuthType("AK")
                        .setStyle("RPC")
                        .setReqBodyType("formData")
                        .setBodyType("json");
        var request = new OpenApiRequest().setQuery(Client.query(wanted.parameters()));
        var client = new com.aliyun.teaopenapi.Client(config);
        return client.callApi(params, request, new RuntimeOptions()).get("body");
    }

    @Override
    public Calls.Refusal refusal(Exception thrown) throws Exception {
        if (thrown instanceof TeaException refused && refused.getData() != null) {
            var requestId = (String) refused.getData().get("RequestId");
            return new Calls.Refusal(
                    refused.getClass().getSimpleName(), refused.getCode(), requestId);
        }
        throw thrown;
    }
}
