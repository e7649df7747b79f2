package org.rapidin.plugin.artefact;

import java.util.List;
import java.util.Map;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.fitted.Covariance;

/** The weight of an artefact's second sample, where eigenvalues decide it. */
public class ComponentsTests extends ArtefactNodeTestCase {
  private static Map<String, Object> mixed(String index, String other, String rule, Object value) {
    return fisher(index, Map.of("evaluation", Map.of("index", other, rule, value)));
  }

  private static double weight(StoredArtefact artefact) {
    return artefact.spec().evaluation().orElseThrow().weight();
  }

  /** σ_train / (σ_train + σ_evaluation) of the k-th eigenvalues of both halves. */
  private double wanted(int k) {
    List<Sample> documents = documents(40);
    List<float[]> rows =
        vectors("a", documents.stream().map(ArtefactNodeTestCase::rendered).toList());
    double train = eigenvalue(rows, 0, k);
    return train / (train + eigenvalue(rows, 1, k));
  }

  private double eigenvalue(List<float[]> rows, int half, int k) {
    Covariance covariance = new Covariance(layers("a"));
    for (int i = half; i < rows.size(); i += 2) {
      covariance.add(List.of(rows.get(i)), 1);
    }
    return covariance.eigenvalues(() -> {})[k - 1];
  }

  public void testTheWeightIsNotShownBeforeItIsDecided() {
    FitArtefactAction.Request request =
        new FitArtefactAction.Request("m", mixed("a", "a", "components", 12), null, null, false);
    assertEquals(Map.of("index", "a", "components", 12), request.spec().toMap().get("evaluation"));
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
    assertEquals(wanted(12), weight, 1e-6);
    assertEquals(1 - weight, weight(swapped), 1e-9);
    StoredArtefact fewer =
        client()
            .execute(
                FitArtefactAction.INSTANCE,
                new FitArtefactAction.Request(
                    "n",
                    mixed("a", "a", "components", 4),
                    QueryBuilders.termQuery("half", "even"),
                    QueryBuilders.termQuery("half", "odd"),
                    false))
            .actionGet()
            .artefacts()
            .getFirst();
    assertEquals(wanted(4), weight(fewer), 1e-6);
    assertNotEquals(weight, weight(fewer), 1e-3);
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
