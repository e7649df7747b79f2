package org.rapidin.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The assembled node with the demo's model, in its own process, and short forms of requests. */
final class TestNode implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final JsonNode TEMPLATE = template();

  private final Path work;
  private final Map<String, String> settings;
  private final String heap;
  private final Path home;
  private final Consumer<NodeProcess> preparation;
  private NodeProcess node;
  private OpenSearchClient client;

  private TestNode(Path home, Path work, String heap, Map<String, String> settings) {
    this(home, work, heap, settings, process -> {});
  }

  private TestNode(
      Path home,
      Path work,
      String heap,
      Map<String, String> settings,
      Consumer<NodeProcess> preparation) {
    this.preparation = preparation;
    this.home = home;
    this.work = work;
    this.heap = heap;
    this.settings = new TreeMap<>(settings);
  }

  /** Starts a node that has the demo's model. */
  static TestNode start(Path work, String heap, Map<String, String> settings) throws Exception {
    return start(assembledHome(), work, heap, settings);
  }

  /** Starts a node that has the demo's model in a process that is prepared first. */
  static TestNode start(
      Path work, String heap, Map<String, String> settings, Consumer<NodeProcess> preparation)
      throws Exception {
    TestNode test = new TestNode(assembledHome(), work, heap, settings, preparation);
    test.up();
    return test;
  }

  /** Starts a node that has no model at all. */
  static TestNode startWithoutModels(Path work, String heap, Map<String, String> settings)
      throws Exception {
    return startWithoutModels(assembledHome(), work, heap, settings);
  }

  /** Starts a node that has no model at all from a home other than the assembled one. */
  static TestNode startWithoutModels(
      Path home, Path work, String heap, Map<String, String> settings) throws Exception {
    TestNode test = new TestNode(home, work, heap, settings);
    test.start();
    return test;
  }

  /** Starts a node from a home other than the assembled one. */
  static TestNode start(Path home, Path work, String heap, Map<String, String> settings)
      throws Exception {
    TestNode test = new TestNode(home, work, heap, settings);
    test.up();
    return test;
  }

  static Path assembledHome() {
    return Main.home();
  }

  static Path config() {
    return Main.root().resolve("config");
  }

  static Path demo() {
    return Main.root().resolve("distribution/src/demo");
  }

  /** Returns the first of the demo's training documents, with their ids. */
  static List<ObjectNode> documents(int count) throws IOException {
    List<ObjectNode> documents = new ArrayList<>();
    try (Stream<String> lines = Files.lines(demo().resolve("documents.jsonl"))) {
      for (String line : (Iterable<String>) lines.limit(count)::iterator) {
        documents.add((ObjectNode) JSON.readTree(line));
      }
    }
    return documents;
  }

  /** Returns the id of a document. */
  static String id(ObjectNode document) {
    return document.path("id").asText();
  }

  /** Returns the body of a {@code _bulk} request that indexes documents under their ids. */
  static String bulk(List<ObjectNode> documents) {
    StringBuilder body = new StringBuilder();
    for (ObjectNode document : documents) {
      ObjectNode source = document.deepCopy();
      String id = source.remove("id").asText();
      body.append("{\"index\":{\"_id\":\"").append(id).append("\"}}\n").append(source).append('\n');
    }
    return body.toString();
  }

  void up() throws Exception {
    node = new NodeProcess(home, work, heap, 0, settings);
    new ModelFolders(node.models()).add(demo().resolve("models"));
    connect();
  }

  private void start() throws Exception {
    node = new NodeProcess(home, work, heap, 0, settings);
    connect();
  }

  private void connect() throws Exception {
    preparation.accept(node);
    node.start();
    client = new OpenSearchClient(node.address());
  }

  /** Stops gracefully and starts again on the same data. */
  void restart() throws Exception {
    close();
    up();
  }

  /** Stops and starts again on the same data with a changed setting. */
  void restartWith(String setting, String value) throws Exception {
    settings.put(setting, value);
    restart();
  }

  /** Ends the process as {@code kill -9} does. */
  void kill() throws InterruptedException {
    node.kill();
    client.close();
  }

  NodeProcess process() {
    return node;
  }

  /** Whether the process runs. */
  boolean isAlive() {
    return ProcessHandle.of(node.pid()).filter(ProcessHandle::isAlive).isPresent();
  }

  JsonNode get(String path) throws Exception {
    return client.get(path);
  }

  JsonNode post(String path, String body) throws Exception {
    return client.send("POST", path, body);
  }

  JsonNode put(String path, String body) throws Exception {
    return client.send("PUT", path, body);
  }

  JsonNode delete(String path) throws Exception {
    return client.send("DELETE", path, null);
  }

  /** Sends a request that the node must refuse, and returns the refusal. */
  ApiException refused(String method, String path, String body) throws Exception {
    try {
      JsonNode answer = client.send(method, path, body);
      throw new AssertionError(method + " " + path + " was accepted: " + answer);
    } catch (ApiException refusal) {
      return refusal;
    }
  }

  /** Creates attributor, pipeline, template and index from the project's {@code config/}. */
  void createDemoIndex() throws Exception {
    new DemoIndex(client, config()).create();
  }

  /** Creates an index from its template; deletes one that has the name. */
  void createIndex(String name) throws Exception {
    delete("/" + name + "?ignore_unavailable=true");
    put("/" + name, null);
  }

  /** Returns the vectors of texts, computed by the node. */
  List<float[]> vectors(List<ObjectNode> samples) throws Exception {
    List<float[]> vectors = new ArrayList<>();
    // The node limits the vectors of one answer, because they are text on its heap.
    for (int from = 0; from < samples.size(); from += 50) {
      ObjectNode body = JSON.createObjectNode();
      samples
          .subList(from, Math.min(samples.size(), from + 50))
          .forEach(body.putArray("samples")::add);
      JsonNode answer = post("/_plugins/_rapidin/attributors/demo/_vectorize", body.toString());
      for (JsonNode vector : answer.path("vectors")) {
        vectors.add(floats(vector.path("vector").asText()));
      }
    }
    if (vectors.size() != samples.size()) {
      throw new AssertionError(vectors.size() + " vectors of " + samples.size() + " samples");
    }
    return vectors;
  }

  /** Renders a training document with the demo attributor's template. */
  static ObjectNode sample(ObjectNode document) {
    return sample(
        fill(TEMPLATE.path("prompt").asText(), document),
        fill(TEMPLATE.path("completion").asText(), document));
  }

  private static String fill(String template, ObjectNode document) {
    return template
        .replace("{{instruction}}", document.path("instruction").asText())
        .replace("{{output}}", document.path("output").asText());
  }

  private static JsonNode template() {
    try {
      return JSON.readTree(config().resolve("attributors/demo.json").toFile()).path("template");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ObjectNode sample(String prompt, String completion) {
    return JSON.createObjectNode().put("prompt", prompt).put("completion", completion);
  }

  static float[] floats(String base64) {
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  /** Encodes a vector for the influence query. */
  static String base64(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Override
  public void close() {
    client.close();
    node.close();
  }
}
