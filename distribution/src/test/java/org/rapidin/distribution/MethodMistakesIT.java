package org.rapidin.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Mistakes in the method of compression, in the attributors of config/. */
class MethodMistakesIT extends UserMistakesTestCase {
  private static String configured(String name) throws IOException {
    return Files.readString(TestNode.config().resolve("attributors").resolve(name + ".json"));
  }

  private static String adapterBy(String compression) throws IOException {
    return configured("demo-exact").replace("{ \"method\": \"identity\" }", compression);
  }

  private void assertRefused(String attributor, String names) throws Exception {
    assertRefused(400, "PUT", ATTRIBUTORS + "a", attributor, names);
  }

  @Test
  void optionsThatAMethodDoesNotTake() throws Exception {
    for (Map.Entry<String, String> refused :
        Map.of(
                "{\"method\":\"pca\"}",
                "must be one of [rapidgrad, identity, random, logra, trackstar, lm_head], got [pca]",
                "{\"method\":\"identity\",\"seed\":1}",
                "allowed in [compression] are [method",
                "{\"method\":\"identity\",\"dimension\":1000}",
                "must be 236544",
                "{\"method\":\"random\",\"dimension\":5000}",
                "at most 214748 numbers",
                "{\"method\":\"random\",\"dimension\":0}",
                "must be 1 to 65536, got 0",
                "{\"method\":\"logra\",\"rank\":0}",
                "must be 1 to 1024, got 0",
                "{\"method\":\"logra\"}",
                "projects weights of linear layers",
                "{\"method\":\"trackstar\"}",
                "normalization [layer] is not for")
            .entrySet()) {
      assertRefused(adapterBy(refused.getKey()), refused.getValue());
    }
  }

  @Test
  void moreParametersThanAMethodStores() throws Exception {
    assertRefused(
        configured("demo-exact").replace("\"parameters\": \"adapter\"", "\"parameters\": \"*\""),
        "at most 1048576 numbers");
  }

  @Test
  void modulesAndProjectionsThatThereAreNot() throws Exception {
    String method = "\"method\": \"logra\"";
    for (Map.Entry<String, String> refused :
        Map.of(
                "\"projection\": \"pca\"", "needs compression.artefact",
                "\"modules\": \"attention\"", "must be [all], [mlp] or a list",
                "\"modules\": [\"model.layers.4.mlp.up_proj\"]", "such as [model.layers.0.")
            .entrySet()) {
      assertRefused(
          configured("demo-logra").replace(method, method + ", " + refused.getKey()),
          refused.getValue());
    }
  }

  @Test
  void candidatesOfADimensionThatIsNoPowerOfTwo() throws Exception {
    node.put(ATTRIBUTORS + "demo-exact", configured("demo-exact"));
    assertRefused(400, "PUT", "/a", candidates("demo-exact"), "a power of two");
    assertRefused(400, "PUT", "/a", candidates("demo-exact"), "236544");
    node.delete(ATTRIBUTORS + "demo-exact");
    node.put(ATTRIBUTORS + "demo-random", configured("demo-random"));
    node.put("/b", candidates("demo-random"));
    node.delete("/b");
    node.delete(ATTRIBUTORS + "demo-random");
  }

  private static String candidates(String attributor) {
    return """
    {"settings":{"index.codec":"rapidin"},"mappings":{"properties":{"gradient":{
      "type":"gradient_vector","attributor":"%s","index_options":{"candidates":"sign_bits"}}}}}"""
        .formatted(attributor);
  }
}
