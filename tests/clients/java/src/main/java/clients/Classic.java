package clients;

import com.aliyuncs.CommonRequest;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.http.MethodType;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import java.util.List;
import java.util.Map;

/** The classic SDK's core, which signs V1: CommonRequest with the parameters in the query. */
final class Classic implements Calls.Client {
    public static void main(String[] arguments) throws Exception {
        Calls.serve(new Classic());
    }

    @Override
    public Object call(Calls.Wanted wanted) throws Exception {
        var login = wanted.login();
        var profile =
                login.securityToken().isEmpty()
                        ? DefaultProfile.getProfile(
                                login.region(), login.accessKeyId(), login.accessKeySecret())
                        : DefaultProfile.getProfile(
                                login.region(),
                                login.accessKeyId(),
                                login.accessKeySecret(),
                                login.securityToken());
        var request = new CommonRequest();
        request.setSysMethod(MethodType.POST);
        request.setSysProtocol(ProtocolType.HTTP);
        request.setSysDomain(login.endpoint());
        request.setSysVersion(wanted.version());
        request.setSysAction(wanted.action());
        wanted.parameters().forEach((name, value) -> put(request, name, value));
        var response = new DefaultAcsClient(profile).getCommonResponse(request);
        return Calls.GSON.fromJson(response.getData(), Map.class);
    }

    /** Lists and objects as RPC clients name them: `Tag.1.Key`. */
    private static void put(CommonRequest request, String name, Object value) {
        if (value instanceof Map<?, ?> object) {
            object.forEach((key, item) -> put(request, name + "." + key, item));
        } else if (value instanceof List<?> list) {
            for (int index = 0; index < list.size(); index++) {
                put(request, name + "." + (index + 1), list.get(index));
            }
        } else {
            request.putQueryParameter(name, String.valueOf(value));
        }
    }

    @Override
    public Calls.Refusal refusal(Exception thrown) throws Exception {
        if (thrown instanceof ClientException refused && refused.getRequestId() != null) {
            return new Calls.Refusal(
                    refused.getClass().getSimpleName(),
                    refused.getErrCode(),
                    refused.getRequestId());
        }
        throw thrown;
    }
}
