package org.rapidin.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Sends JSON over HTTP to one node. Thread-safe. */
public final class OpenSearchClient implements AutoCloseable {
  private static final Duration DEFAULT_LIMIT = Duration.ofMinutes(5);

  private final URI address;
  private final Duration limit;
  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  /**
   * A client that waits up to five minutes for an answer.
   *
   * @param address of the node, without a path
   */
  public OpenSearchClient(URI address) {
    this(address, DEFAULT_LIMIT);
  }

  /**
   * @param address of the node, without a path
   * @param limit how long to wait for an answer
   */
  public OpenSearchClient(URI address, Duration limit) {
    this.address = address;
    this.limit = limit;
  }

  /** Sends a GET request. */
  public JsonNode get(String path) throws IOException, InterruptedException {
    return send("GET", path, null);
  }

  /**
   * Sends a request.
   *
   * @param body JSON text, lines of JSON for {@code _bulk} and {@code _msearch}, or null for none
   * @throws ApiException if the node answers with a status of 400 or more
   */
  public JsonNode send(String method, String path, String body)
      throws IOException, InterruptedException {
    boolean lines = path.contains("_bulk") || path.contains("_msearch");
    HttpRequest request =
        HttpRequest.newBuilder(address.resolve(path))
            .timeout(limit)
            .header("Content-Type", lines ? "application/x-ndjson" : "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    if (response.statusCode() >= 400) {
      throw new ApiException(response.statusCode(), reason(response));
    }
    return json.readTree(response.body());
  }

  private String reason(HttpResponse<String> response) {
    try {
      JsonNode error = json.readTree(response.body()).path("error");
      JsonNode cause = error.path("root_cause").path(0).path("reason");
      JsonNode reason = cause.isTextual() ? cause : error.path("reason");
      return reason.isTextual() ? reason.asText() : response.body();
    } catch (IOException notJson) {
      return response.body();
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
