package clients;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The conversation with the test that tests/clients/client.py describes. */
final class Calls {
    static final Gson GSON =
            new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();

    /** Where calls go, as host and port, and as whom. */
    record Login(
            String endpoint,
            String region,
            String accessKeyId,
            String accessKeySecret,
            String securityToken) {}

    /** A call that the test asks for; its parameters have the API's names. */
    record Wanted(
            Login login,
            String service,
            String version,
            String action,
            Map<String, Object> parameters) {}

    /** What an exception tells of a call that was refused. */
    record Refusal(String type, String code, String requestId) {}

    /** Calls the action and returns the answer. */
    interface Client {
        Object call(Wanted wanted) throws Exception;

        /** What the client's exception says; throws it again if it is no refusal. */
        Refusal refusal(Exception thrown) throws Exception;
    }

    private Calls() {}

    /** Answers each line of standard input with a line. */
    static void serve(Client client) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // Some of the libraries print to standard output.
        System.setOut(System.err);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            answers.println(GSON.toJson(said(client, GSON.fromJson(line, Wanted.class))));
        }
    }

    private static Map<String, Object> said(Client client, Wanted wanted) throws Exception {
        try {
            return Map.of("answer", client.call(wanted));
        } catch (Exception thrown) {
            return Map.of("refusal", client.refusal(thrown));
        }
    }
}
