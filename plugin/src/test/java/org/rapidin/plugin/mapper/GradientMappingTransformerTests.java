package org.rapidin.plugin.mapper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;

class GradientMappingTransformerTests {
  private final GradientMappingTransformer transformer =
      new GradientMappingTransformer(TestAttributors::require);

  @Test
  void pinsStandInTheMappingAndSourceLeavesTheFieldOut() {
    Map<String, Object> mapping =
        transformed(
            """
            {"properties": {"gradient": {"type": "gradient_vector", "attributor": "demo"}}}
            """);
    assertEquals(
        Map.of(
            "properties",
            Map.of("gradient", TestAttributors.pinnedField("demo")),
            "_source",
            Map.of("excludes", List.of("gradient"))),
        mapping);
  }

  @Test
  void fieldsOfObjectsAndTypedMappingsAreFound() {
    Map<String, Object> mapping =
        transformed(
            """
            {"_doc": {"properties": {"a": {"properties": {
              "gradient": {"type": "gradient_vector", "attributor": "cos"}}}}}}
            """);
    Map<String, Object> root = GradientFields.root(mapping);
    assertEquals(Map.of("excludes", List.of("a.gradient")), root.get("_source"));
    PinnedAttributor pins = MappedFields.of(mapping).pins("a.gradient").orElseThrow();
    assertEquals(PinnedAttributor.of(TestAttributors.require("cos")), pins);
  }

  @Test
  void aSourceThatLeavesTheFieldOutAlreadyIsNotTouched() {
    for (String source :
        List.of(
            "{\"excludes\": [\"gradient\", \"x\"]}",
            "{\"excludes\": \"grad*\"}",
            "{\"includes\": [\"text\"]}",
            "{\"enabled\": false}")) {
      assertEquals(json(source), transformed(withSource(source)).get("_source"));
    }
  }

  @Test
  void otherExcludesAreKeptWhenTheFieldIsAdded() {
    Map<String, Object> mapping =
        transformed(
            """
            {"_source": {"excludes": ["x"]},
             "properties": {"gradient": {"type": "gradient_vector", "attributor": "demo"}}}
            """);
    assertEquals(Map.of("excludes", List.of("x", "gradient")), mapping.get("_source"));
  }

  @Test
  void aRecoverySourceWithoutTheFieldIsRefused() {
    for (String source :
        List.of(
            "{\"recovery_source_enabled\": false}",
            "{\"enabled\": false, \"recovery_source_enabled\": \"false\"}",
            "{\"recovery_source_excludes\": [\"x\", \"grad*\"]}",
            "{\"recovery_source_includes\": \"text\"}")) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> transformed(withSource(source)));
      assertTrue(
          refused
              .getMessage()
              .contains("no recovery source with the gradient vectors in [gradient]"),
          refused.getMessage());
    }
    String source =
        """
        {"excludes": ["gradient"], "recovery_source_enabled": true,
         "recovery_source_includes": ["*"], "recovery_source_excludes": ["x"]}
        """;
    assertEquals(json(source), transformed(withSource(source)).get("_source"));
  }

  @Test
  void fieldsWithoutARecoverySourceAreNamedInOrder() {
    List<String> names = List.of("h", "b", "e", "a", "g", "d", "c", "f");
    String fields =
        names.stream()
            .map(
                name ->
                    "\"%s\": {\"type\": \"gradient_vector\", \"attributor\": \"demo\"}"
                        .formatted(name))
            .collect(Collectors.joining(","));
    String mapping =
        "{\"_source\": {\"recovery_source_enabled\": false}, \"properties\": {%s}}"
            .formatted(fields);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> transformed(mapping));
    assertTrue(refused.getMessage().contains("in [a, b, c, d, e, f, g, h]"), refused.getMessage());
  }

  private static String withSource(String source) {
    return "{\"_source\": "
        + source
        + ", \"properties\": {\"gradient\": {\"type\": \"gradient_vector\","
        + " \"attributor\": \"demo\"}}}";
  }

  @Test
  void transformingTwiceChangesNothing() {
    Map<String, Object> once =
        transformed(
            """
            {"properties": {"gradient": {"type": "gradient_vector", "attributor": "demo"}}}
            """);
    String before = once.toString();
    transform(once);
    assertEquals(before, once.toString());
  }

  @Test
  void anUnknownAttributorIsRefusedWithThoseThatAreKnown() {
    assertRefused(
        "no attributor [nobody]; known attributors: [cos, demo, other, wide]; create it with PUT"
            + " _plugins/_rapidin/attributors/nobody",
        "{\"type\": \"gradient_vector\", \"attributor\": \"nobody\"}");
  }

  @Test
  void aFieldWithoutAttributorIsRefused() {
    assertRefused(
        "field [gradient] of type [gradient_vector] names no attributor: add \"attributor\"",
        "{\"type\": \"gradient_vector\"}");
  }

  @Test
  void pinsOfTheUserMustBeTheAttributors() {
    assertRefused(
        "field [gradient] has dimension [512], its attributor [demo] has [256]: leave dimension"
            + " out",
        "{\"type\": \"gradient_vector\", \"attributor\": \"demo\", \"dimension\": 512}");
    assertRefused(
        "field [gradient] has fingerprint [x], its attributor [demo] has [fingerprint-of-demo]:"
            + " leave fingerprint out",
        "{\"type\": \"gradient_vector\", \"attributor\": \"demo\", \"fingerprint\": \"x\"}");
  }

  @Test
  void mappingsWithoutGradientsAreNotTouched() {
    Map<String, Object> mapping = transformed("{\"properties\": {\"a\": {\"type\": \"text\"}}}");
    assertEquals(json("{\"properties\": {\"a\": {\"type\": \"text\"}}}"), mapping);
  }

  private void assertRefused(String sentence, String field) {
    Map<String, Object> mapping = json("{\"properties\": {\"gradient\": " + field + "}}");
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> transform(mapping));
    assertEquals(sentence, thrown.getMessage());
  }

  private Map<String, Object> transformed(String json) {
    Map<String, Object> mapping = json(json);
    transform(mapping);
    return mapping;
  }

  private void transform(Map<String, Object> mapping) {
    PlainActionFuture<Void> done = new PlainActionFuture<>();
    transformer.transform(mapping, null, done);
    done.actionGet();
  }

  private static Map<String, Object> json(String json) {
    return XContentHelper.convertToMap(JsonXContent.jsonXContent, json, true);
  }
}
