package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The first of the demo's documents in an index of the shared node, which nobody changes.
 *
 * @param node the shared node
 * @param generation the texts that queries ask about
 * @param documents what is indexed
 * @param oracle of the influence of the documents on the generation
 */
record SearchedDocuments(
    TestNode node, DemoGeneration generation, List<ObjectNode> documents, InfluenceOracle oracle) {
  /** Its name matches the demo's template. */
  static final String INDEX = "train-searched";

  static final int COUNT = 120;

  private static SearchedDocuments index(TestNode node) {
    try {
      node.createIndex(INDEX);
      // A field that breaks ties, so that search_after has one order.
      node.put("/" + INDEX + "/_mapping", "{\"properties\":{\"doc_id\":{\"type\":\"keyword\"}}}");
      List<ObjectNode> documents = TestNode.documents(COUNT);
      documents.forEach(document -> document.put("doc_id", TestNode.id(document)));
      JsonNode answer = node.post("/" + INDEX + "/_bulk?refresh=true", TestNode.bulk(documents));
      assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
      DemoGeneration generation =
          DemoGeneration.first(TestNode.demo().resolve("generations.jsonl"), "fact");
      double scale =
          node.get("/" + INDEX + "/_mapping")
              .at("/" + INDEX + "/mappings/properties/gradient/score_scale")
              .asDouble();
      return new SearchedDocuments(
          node, generation, documents, InfluenceOracle.of(node, generation, documents, scale));
    } catch (Exception e) {
      throw new IllegalStateException("the documents were not indexed", e);
    }
  }

  /** Gives test classes the documents, indexed for the first of them. */
  static final class Resolver implements ParameterResolver {
    private static final ExtensionContext.Namespace SHARED =
        ExtensionContext.Namespace.create(SearchedDocuments.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == SearchedDocuments.class;
    }

    @Override
    public SearchedDocuments resolveParameter(
        ParameterContext parameter, ExtensionContext context) {
      TestNode node = SharedNode.of(context);
      return context
          .getRoot()
          .getStore(SHARED)
          .getOrComputeIfAbsent(
              SearchedDocuments.class, any -> index(node), SearchedDocuments.class);
    }
  }
}
