package org.rapidin.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Small random changes to the {@code influence} objects of a JSON document, the same ones for the
 * same seed. The rest of a search body is OpenSearch's to check.
 */
final class JsonMutations {
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "-1",
          "0",
          "1e308",
          "2147483648",
          "9223372036854775808",
          "\"\"",
          "\"NaN\"",
          "\"x\"",
          "\"\\u0000\\ud83d\"",
          "[]",
          "[[]]",
          "{}",
          "{\"match_all\":{}}",
          "[1,2,3]",
          "[{\"from\":5,\"to\":1}]");

  private final ObjectMapper json = new ObjectMapper();
  private final SplittableRandom random;

  JsonMutations(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** A copy of the document with one to three changes. */
  JsonNode mutate(JsonNode document) throws Exception {
    JsonNode copy = document.deepCopy();
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      List<ContainerNode<?>> containers = new ArrayList<>();
      copy.findValues("influence").forEach(value -> collect(value, containers));
      if (!containers.isEmpty()) {
        change(containers.get(random.nextInt(containers.size())));
      }
    }
    return copy;
  }

  private static void collect(JsonNode node, List<ContainerNode<?>> containers) {
    if (node instanceof ContainerNode<?> container && !container.isEmpty()) {
      containers.add(container);
    }
    node.forEach(child -> collect(child, containers));
  }

  private void change(ContainerNode<?> container) throws Exception {
    switch (container) {
      case ObjectNode object -> {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        String name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(4)) {
          case 0 -> object.remove(name);
          case 1 -> object.set(name + "x", object.remove(name));
          case 2 -> object.set(name, json.createArrayNode().add(object.get(name)));
          default -> object.set(name, value());
        }
      }
      case ArrayNode array -> array.set(random.nextInt(array.size()), value());
      default -> throw new AssertionError(container);
    }
  }

  private JsonNode value() throws Exception {
    return json.readTree(VALUES.get(random.nextInt(VALUES.size())));
  }
}
