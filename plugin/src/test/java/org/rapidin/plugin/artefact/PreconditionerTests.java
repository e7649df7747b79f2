package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.lucene.search.Explanation;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.fitted.PlainCovariance;
import org.rapidin.plugin.dispatch.ArtefactStats;
import org.rapidin.plugin.node.NodesStatsAction;

/**
 * Influence with a preconditioner, from texts to hits, is the damped inverse of the covariance of
 * the stored vectors between both gradients, as solved in float64 with full matrices.
 */
public class PreconditionerTests extends ArtefactNodeTestCase {
  private static final int DOCUMENTS = 40;

  private static double dot(double[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double norm(float[] vector) {
    double sum = 0;
    for (float number : vector) {
      sum += (double) number * number;
    }
    return Math.sqrt(sum);
  }

  private void assertSolved(String model) {
    List<Sample> documents = documents(DOCUMENTS);
    fill("a", spec(model, "logra", Map.of()), documents);
    List<float[]> rows =
        vectors("a", documents.stream().map(ArtefactNodeTestCase::rendered).toList());
    StoredArtefact fitted = fit("f", fisher("a", Map.of()), null);
    assertEquals(DOCUMENTS, fitted.content().orElseThrow().documents());
    assertEquals(layers("a").size(), fitted.vectors().layers());
    double[] query =
        new PlainCovariance(layers("a"), 0.1)
            .add(rows, 1)
            .solve(vectors("a", List.of(QUERY)).getFirst());
    double length = Math.sqrt(Arrays.stream(query).map(x -> x * x).sum());
    Map<String, Double> influences = influences("a", ",\"preconditioner\":\"f\"");
    assertEquals(DOCUMENTS, influences.size());
    double worst = 0;
    double farthest = 0;
    Map<String, Double> without = influences("a", "");
    for (int i = 0; i < DOCUMENTS; i++) {
      double scale = length * norm(rows.get(i));
      double got = influences.get(Integer.toString(i));
      worst = Math.max(worst, Math.abs(dot(query, rows.get(i)) - got) / scale);
      farthest = Math.max(farthest, Math.abs(without.get(Integer.toString(i)) - got) / scale);
    }
    logger.info("{}: {} of the norms at most, {} without preconditioner", model, worst, farthest);
    assertTrue("error " + worst, worst < 1e-5);
    assertTrue("the preconditioner changes something: " + farthest, farthest > 0.01);
  }

  public void testInfluenceIsTheSolutionInFloat64() {
    assertSolved("tiny");
  }

  public void testInfluenceOfAPretrainedModelIsTheSolutionInFloat64() throws IOException {
    String root = System.getenv("RAPIDIN_REFERENCE_DATA");
    assumeTrue("set RAPIDIN_REFERENCE_DATA", root != null);
    Path target = Files.createDirectories(models().resolve("stories260K"));
    try (Stream<Path> files = Files.list(Path.of(root, "stories260K"))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    assertSolved("stories260K");
  }

  /** The law of linear maps: of a set, the mean; and nuisance is left out first. */
  public void testSetsAreCombinedBeforeTheyArePreconditioned() {
    List<Sample> documents = documents(20);
    fill("a", spec("tiny", "logra", Map.of()), documents);
    fit("f", fisher("a", Map.of()), null);
    List<float[]> rows =
        vectors("a", documents.stream().map(ArtefactNodeTestCase::rendered).toList());
    float[] query = vectors("a", List.of(QUERY)).getFirst();
    float[] other = vectors("a", List.of(new Sample("why", "so"))).getFirst();
    double product = 0;
    double square = 0;
    for (int i = 0; i < query.length; i++) {
      product += (double) query[i] * other[i];
      square += (double) other[i] * other[i];
    }
    float[] rest = new float[query.length];
    for (int i = 0; i < rest.length; i++) {
      rest[i] = (float) (query[i] - product / square * other[i]);
    }
    double[] wanted = new PlainCovariance(layers("a"), 0.1).add(rows, 1).solve(rest);
    double length = Math.sqrt(Arrays.stream(wanted).map(x -> x * x).sum());
    Map<String, Double> got =
        influences(
            "a",
            ",\"preconditioner\":\"f\",\"nuisance\":[{\"prompt\":\"why\",\"completion\":\"so\"}]");
    for (int i = 0; i < rows.size(); i++) {
      assertEquals(
          dot(wanted, rows.get(i)),
          got.get(Integer.toString(i)),
          1e-5 * length * norm(rows.get(i)));
    }
  }

  public void testAnotherArtefactOfTheSameNameIsAnotherPreconditioner() {
    fill("a", spec("tiny", "logra", Map.of()), documents(30));
    fit("f", fisher("a", Map.of()), null);
    Map<String, Double> first = influences("a", ",\"preconditioner\":\"f\"");
    assertEquals(first, influences("a", ",\"preconditioner\":\"f\""));
    delete("f");
    assertRefused(
        RestStatus.BAD_REQUEST,
        "no artefact [f]",
        () -> influences("a", ",\"preconditioner\":\"f\""));
    fit("f", fisher("a", Map.of("damping", 3)), null);
    assertNotEquals(first, influences("a", ",\"preconditioner\":\"f\""));
  }

  public void testVectorsOfAnotherAttributorAreRefused() {
    fill("a", spec("tiny", "logra", Map.of()), documents(20));
    fill("b", spec("tiny", "logra", Map.of("max_tokens", 32)), documents(20));
    fill("c", spec("tiny", "logra", Map.of("similarity", "cosine")), documents(3));
    fit("f", fisher("a", Map.of()), null);
    assertRefused(
        RestStatus.BAD_REQUEST,
        "artefact [f] was fitted to vectors of attributor [a]",
        () -> influences("b", ",\"preconditioner\":\"f\""));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "vectors of field [gradient] were divided by their norms",
        () -> influences("c", ",\"preconditioner\":\"f\""));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "no artefact [g]: GET _plugins/_rapidin/artefacts",
        () -> influences("a", ",\"preconditioner\":\"g\""));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "[generations], [nuisance], [modules] or [preconditioner]: leave one of them out",
        () ->
            client()
                .prepareSearch("a")
                .setSource(
                    SearchSourceBuilder.fromXContent(
                        createParser(
                            JsonXContent.jsonXContent,
                            "{\"query\":"
                                + query(",\"preconditioner\":\"f\"")
                                + ",\"ext\":{\"influence\":{\"tokens\":true}}}")))
                .get());
  }

  public void testExplainHasThePreconditionedInfluence() {
    fill("a", spec("tiny", "logra", Map.of()), documents(20));
    fit("f", fisher("a", Map.of()), null);
    double influence = influences("a", ",\"preconditioner\":\"f\"").get("7");
    Explanation explained =
        client()
            .prepareExplain("a", "7")
            .setQuery(QueryBuilders.wrapperQuery(query(",\"preconditioner\":\"f\"")))
            .get()
            .getExplanation();
    double raw = explained.getDetails()[0].getDetails()[0].getValue().doubleValue();
    assertEquals(influence, raw, 1e-4 * Math.abs(influence));
    String digest = artefacts("f").getFirst().content().orElseThrow().digest();
    assertTrue(explained.getDescription(), explained.getDescription().contains(digest));
  }

  private ArtefactStats stats() {
    return client()
        .execute(NodesStatsAction.INSTANCE, new NodesStatsAction.Request())
        .actionGet()
        .getNodes()
        .getFirst()
        .value()
        .artefacts();
  }

  /** The product is kept, so the artefact is not read for the next page; statistics say so. */
  public void testAnArtefactIsReadOnceForASearchAndItsNextPages() {
    fill("a", spec("tiny", "logra", Map.of()), documents(20));
    StoredArtefact fitted = fit("f", fisher("a", Map.of("damping", 0.23)), null);
    ArtefactStats before = stats();
    Map<String, Double> first = influences("a", ",\"preconditioner\":\"f\"");
    ArtefactStats after = stats();
    assertEquals(before.loads() + 1, after.loads());
    assertEquals(before.inMemory() + 1, after.inMemory());
    assertEquals(before.bytes() + fitted.content().orElseThrow().bytes(), after.bytes());
    assertEquals(first, influences("a", ",\"preconditioner\":\"f\""));
    assertEquals(after, stats());
    influences("a", ",\"preconditioner\":\"f\",\"modules\":[\"*q_proj\"]");
    assertEquals(after.hits() + 1, stats().hits());
  }

  /** Each gradient of a set is multiplied, before the largest influence is taken. */
  public void testOfSeveralGenerationsTheLargestPreconditionedInfluenceCounts() {
    fill("a", spec("tiny", "logra", Map.of()), documents(20));
    fit("f", fisher("a", Map.of()), null);
    Map<String, Double> alone = influences("a", ",\"preconditioner\":\"f\"");
    Map<String, Double> largest = new HashMap<>();
    for (SearchHit hit :
        client()
            .prepareSearch("a")
            .setSize(100)
            .setQuery(
                QueryBuilders.wrapperQuery(
                    "{\"influence\":{\"gradient\":{\"combine\":\"max\",\"preconditioner\":\"f\",\"generations\":[{\"prompt\":\"what is it?\\n\",\"completion\":\"it is a cat\"},{\"prompt\":\"why\",\"completion\":\"so\"}]}}}"))
            .get()
            .getHits()) {
      largest.put(hit.getId(), ((Number) hit.field("influence").getValue()).doubleValue());
    }
    assertEquals(alone.keySet(), largest.keySet());
    alone.forEach((id, influence) -> assertTrue(largest.get(id) >= influence - 1e-6));
  }

  private static Map<String, Object> mixed(String index, String other, String rule, Object value) {
    return fisher(index, Map.of("evaluation", Map.of("index", other, rule, value)));
  }

  private static double weight(StoredArtefact artefact) {
    return artefact.spec().evaluation().orElseThrow().weight();
  }

  /** The eigenvalues decide the weight, which is shown, and is what it would do if it was given. */
  public void testTheWeightOfTheSecondSampleCanFollowFromEigenvalues() {
    fill("a", spec("tiny", "logra", Map.of()), documents(40));
    StoredArtefact train =
        client()
            .execute(
                FitArtefactAction.INSTANCE,
                new FitArtefactAction.Request(
                    "m",
                    mixed("a", "a", "components", 12),
                    QueryBuilders.termQuery("half", "even"),
                    QueryBuilders.termQuery("half", "odd"),
                    false))
            .actionGet()
            .artefacts()
            .getFirst();
    StoredArtefact swapped =
        client()
            .execute(
                FitArtefactAction.INSTANCE,
                new FitArtefactAction.Request(
                    "s",
                    mixed("a", "a", "components", 12),
                    QueryBuilders.termQuery("half", "odd"),
                    QueryBuilders.termQuery("half", "even"),
                    false))
            .actionGet()
            .artefacts()
            .getFirst();
    double weight = weight(train);
    assertTrue("weight " + weight, weight > 0 && weight < 1 && weight != 0.5);
    assertEquals(1 - weight, weight(swapped), 1e-9);
    assertEquals(List.of(train), artefacts("m"));
    assertEquals(40, train.content().orElseThrow().documents());
    client()
        .execute(
            FitArtefactAction.INSTANCE,
            new FitArtefactAction.Request(
                "g",
                mixed("a", "a", "weight", weight),
                QueryBuilders.termQuery("half", "even"),
                QueryBuilders.termQuery("half", "odd"),
                false))
        .actionGet();
    Map<String, Double> given = influences("a", ",\"preconditioner\":\"g\"");
    double largest = given.values().stream().mapToDouble(Math::abs).max().orElseThrow();
    influences("a", ",\"preconditioner\":\"m\"")
        .forEach((id, influence) -> assertEquals(given.get(id), influence, 1e-5 * largest));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "evaluation.components must be 1 to ",
        () -> fit("x", mixed("a", "a", "components", 1_000_000), null));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "evaluation.components must be at least 1",
        () -> fit("x", mixed("a", "a", "components", 0), null));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "evaluation.components decides evaluation.weight: give one of them",
        () ->
            fit(
                "x",
                fisher(
                    "a",
                    Map.of("evaluation", Map.of("index", "a", "components", 3, "weight", 0.5))),
                null));
  }
}
