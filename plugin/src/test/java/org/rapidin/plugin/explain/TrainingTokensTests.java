package org.rapidin.plugin.explain;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.document.DocumentField;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.aggregations.AggregationBuilders;
import org.opensearch.search.aggregations.metrics.TopHits;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.attribution.AttributorSpecFormat;

/** The influences of the training tokens of hits, on a real node with a real model. */
public class TrainingTokensTests extends TrainingTokensTestCase {
  public void testTheFirstHitsHaveTheInfluenceOfTheirTokens() {
    createAll();
    SearchHit[] hits = search(source(TEXT, false, 3)).getHits().getHits();
    assertEquals(8, hits.length);
    for (int i = 0; i < hits.length; i++) {
      if (i < 3) {
        assertAddsUp(hits[i]);
        assertEquals(false, training(hits[i]).get("truncated"));
        assertNull(tokens(hits[i]).getFirst().get("generated"));
        int number = Integer.parseInt(hits[i].getId());
        assertEquals(
            "number " + number * number,
            tokens(hits[i]).stream()
                .map(token -> (String) token.get("token"))
                .collect(Collectors.joining()));
      } else {
        assertNull(hits[i].field("influence_training_tokens"));
      }
    }
  }

  /** Columns add up to the influence on a generated token, rows average to that of a token. */
  public void testTheMatrixAddsUpBothWays() {
    createAll();
    for (SearchHit hit :
        List.of(
            search(source(TEXT, true, 1)).getHits().getAt(0),
            search(source(TEXT + ",\"tokens\":[1,4]", true, 1)).getHits().getAt(0))) {
      assertAddsUp(hit);
      List<Object> generated = hit.field("influence_tokens").getValues();
      double[] columns = new double[generated.size()];
      for (Map<?, ?> token : tokens(hit)) {
        List<?> row = (List<?>) token.get("generated");
        assertEquals(generated.size(), row.size());
        double sum = 0;
        int selected = 0;
        for (int j = 0; j < columns.length; j++) {
          if (row.get(j) != null) {
            columns[j] += (Double) row.get(j);
            sum += (Double) row.get(j);
            selected++;
          }
        }
        assertEquals((Double) token.get("influence"), sum / selected, 1e-5);
      }
      for (int j = 0; j < columns.length; j++) {
        Double wanted = (Double) ((Map<?, ?>) generated.get(j)).get("influence");
        assertEquals(wanted == null ? 0 : wanted, columns[j], 1e-2);
      }
    }
  }

  /** Of training tokens, of generated tokens and of the matrix; a blank begins a word. */
  public void testWordsHaveTheSumsOfTheirTokens() {
    createAll();
    for (String subject : List.of(TEXT, TEXT + ",\"tokens\":[3,4]")) {
      SearchHit byToken = search(source(subject, true, 1)).getHits().getAt(0);
      SearchSourceBuilder ofWords = source(subject, true, 1);
      ofWords.ext(
          List.of(new InfluenceExtBuilder(true, 1, false, Optional.empty(), Granularity.WORD)));
      SearchHit byWord = search(ofWords).getHits().getAt(0);
      assertEquals(byToken.getId(), byWord.getId());
      List<Map<?, ?>> generated = maps(byWord.field("influence_tokens").getValues());
      assertSums(maps(byToken.field("influence_tokens").getValues()), generated);
      assertEquals(List.of("a", " question"), generated.stream().map(w -> w.get("word")).toList());
      List<Map<?, ?>> words = maps((List<?>) training(byWord).get("words"));
      assertSums(tokens(byToken), words);
      assertMatrix(words, generated);
    }
  }

  /** Columns add up to generated words; a row has the mean over the selected tokens. */
  private static void assertMatrix(List<Map<?, ?>> words, List<Map<?, ?>> generated) {
    double[] columns = new double[generated.size()];
    for (Map<?, ?> word : words) {
      double sum = 0;
      int selected = 0;
      for (int j = 0; j < columns.length; j++) {
        Double own = (Double) ((List<?>) word.get("generated")).get(j);
        Integer tokens = (Integer) generated.get(j).get("tokens");
        assertEquals(tokens == null, own == null);
        if (own != null) {
          columns[j] += own;
          sum += own;
          selected += tokens;
        }
      }
      assertEquals((Double) word.get("influence"), sum / selected, 1e-4);
    }
    for (int j = 0; j < columns.length; j++) {
      Double wanted = (Double) generated.get(j).get("influence");
      // The stored row was rounded, once for each token.
      assertEquals(wanted == null ? 0 : wanted, columns[j], 1e-1);
    }
  }

  public void testSetsAndVectorsHaveTrainingTokensToo() {
    createAll();
    assertAddsUp(
        search(
                source(
                    "\"generations\":[{" + TEXT + "},{" + TEXT.replace("what", "who") + "}]",
                    false,
                    1))
            .getHits()
            .getAt(0));
    float[] vector = new float[DIMENSION];
    vector[3] = 1;
    vector[200] = -1;
    assertAddsUp(
        search(source("\"vector\":" + Arrays.toString(vector), false, 1)).getHits().getAt(0));
  }

  public void testWithCosineThePartsAreDividedByTheNormOfTheDocument() {
    Map<String, Object> spec = AttributorSpecFormat.toMap(spec("tiny", DIMENSION));
    spec.put("similarity", "cosine");
    createAll(
        AttributorSpecFormat.fromMap(spec),
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    index("instruction", "output");
    assertAddsUp(search(source(TEXT, true, 1)).getHits().getAt(0));
  }

  private static final String MAPPED =
      "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\",\"field_map\":{\"instruction\":\"question\",\"output\":\"answer\"}}}]}";

  public void testTheTextIsFoundThroughTheFieldMapOfThePipeline() {
    createAll(spec("tiny", DIMENSION), MAPPED);
    index("question", "answer");
    assertAddsUp(search(source(TEXT, true, 1)).getHits().getAt(0));
  }

  /** The fields of the template have another text than those that were indexed. */
  public void testATextThatIsAnotherIsAnError() {
    createAll(spec("tiny", DIMENSION), MAPPED);
    client()
        .prepareIndex("train")
        .setId("1")
        .setSource(
            Map.of("instruction", "a", "output", "b", "question", "say 1", "answer", "number 1"))
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
    assertAddsUp(search(source(TEXT, true, 1)).getHits().getAt(0));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    SearchHit hit = search(source(TEXT, true, 1)).getHits().getAt(0);
    String error = (String) training(hit).get("error");
    assertTrue(error, error.startsWith("the stored text is not the one that the vector"));
  }

  public void testAVectorOfTheUsersOwnHasNoText() {
    createAll();
    float[] brought = new float[DIMENSION];
    Arrays.fill(brought, 100);
    client()
        .prepareIndex("train")
        .setId("own")
        .setSource(Map.of("instruction", "a", "output", "b", "gradient", brought))
        .setPipeline("_none")
        .setRefreshPolicy(RefreshPolicy.IMMEDIATE)
        .get();
    float[] vector = new float[DIMENSION];
    Arrays.fill(vector, 1);
    SearchHit hit =
        search(source("\"vector\":" + Arrays.toString(vector), false, 1)).getHits().getAt(0);
    assertEquals("own", hit.getId());
    String error = (String) training(hit).get("error");
    assertTrue(
        error, error.contains("is not known, because the vector was not made by a pipeline"));
  }

  private static SearchSourceBuilder twoClauses(int first) {
    BoolQueryBuilder both = QueryBuilders.boolQuery();
    for (String name : List.of("what", "who")) {
      both.should(
          QueryBuilders.wrapperQuery(
              "{\"influence\":{\"gradient\":{%s,\"_name\":\"%s\"}}}"
                  .formatted(TEXT.replace("what", name), name)));
    }
    return new SearchSourceBuilder()
        .query(both)
        .ext(List.of(new InfluenceExtBuilder(false, first, false)));
  }

  public void testClausesHaveTheTokensOfTenHitsTogether() {
    createAll();
    int complete = 0;
    int refused = 0;
    for (SearchHit hit : search(twoClauses(6)).getHits()) {
      for (String name : List.of("what", "who")) {
        DocumentField field = hit.field("influence_training_tokens." + name);
        if (field != null && ((Map<?, ?>) field.getValue()).get("error") instanceof String error) {
          assertEquals(
              "[ext.influence.training_tokens] is for at most 10 hits of all [influence] clauses together: ask for the tokens of fewer hits",
              error);
          refused++;
        } else if (field != null) {
          complete++;
        }
      }
    }
    assertEquals(10, complete);
    assertEquals(2, refused);
  }

  public void testWhatWasReservedForHitsIsGivenBack() throws Exception {
    createAll();
    search(source(TEXT, true, 0));
    long before = reserved();
    search(source(TEXT, true, 3));
    // After the answer, on another thread.
    assertBusy(() -> assertEquals(before, reserved()), 3, TimeUnit.SECONDS);
  }

  /** Weights of a set change what the sign means. */
  public void testAnExplanationSaysWhatTheSignMeans() {
    createAll();
    assertExplained(TEXT, "made the generation more likely, negative where less likely");
    assertExplained(
        "\"generations\":[{" + TEXT + ",\"weight\":-1}]",
        "which for generations with a negative weight means less likely");
  }

  private void assertExplained(String subject, String words) {
    SearchHit hit = search(source(subject, false, 0).explain(true)).getHits().getAt(0);
    String explanation = hit.getExplanation().toString();
    assertTrue(explanation, explanation.contains(words));
  }

  public void testASearchThatScrollsIsRefused() {
    createAll();
    IllegalArgumentException refused =
        expectThrows(
            IllegalArgumentException.class,
            () ->
                client()
                    .prepareSearch("train")
                    .setSource(source(TEXT, false, 1))
                    .setScroll(TimeValue.timeValueMinutes(1))
                    .get());
    assertTrue(refused.getMessage(), refused.getMessage().contains("search_after"));
  }

  /** Texts are on their way in hits, and must not be shown. */
  public void testHitsInBucketsHaveNoTexts() {
    createAll();
    SearchResponse response =
        search(
            source(TEXT, false, 2).size(1).aggregation(AggregationBuilders.topHits("top").size(3)));
    TopHits top = response.getAggregations().get("top");
    assertEquals(3, top.getHits().getHits().length);
    for (SearchHit hit : top.getHits()) {
      assertNull(hit.field("influence_training_tokens"));
    }
    assertAddsUp(response.getHits().getAt(0));
  }
}
