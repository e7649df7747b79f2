package org.rapidin.plugin.artefact;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.action.ActionFuture;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.index.query.ScriptQueryBuilder;
import org.opensearch.script.Script;
import org.opensearch.script.ScriptType;
import org.rapidin.plugin.query.HoldingScript;

/** How artefacts come, are kept, and go. */
public class ArtefactLifeTests extends ArtefactNodeTestCase {

  private long chunks() {
    client().admin().indices().prepareRefresh(ArtefactIndex.NAME).get();
    SearchResponse found =
        client()
            .prepareSearch(ArtefactIndex.NAME)
            .setSize(0)
            .setTrackTotalHits(true)
            .setQuery(QueryBuilders.termQuery("kind", "chunk"))
            .get();
    return found.getHits().getTotalHits().value();
  }

  public void testAnArtefactIsShownAndNeverChanged() {
    fill("a", spec("tiny", "logra", Map.of()), documents(30));
    assertEquals(List.of(), artefacts(null));
    StoredArtefact fitted = fit("f", fisher("a", Map.of()), null);
    assertEquals(List.of(fitted), artefacts("f"));
    assertEquals("a", fitted.vectors().attributor());
    assertEquals(
        put("a", spec("tiny", "logra", Map.of())).fingerprint(), fitted.vectors().fingerprint());
    StoredArtefact.Content content = fitted.content().orElseThrow();
    assertEquals(64, content.digest().length());
    assertEquals(content.chunks(), chunks());
    assertRefused(
        RestStatus.CONFLICT,
        "artefact [f] exists and is never changed",
        () -> fit("f", fisher("a", Map.of("damping", 1)), null));
    assertEquals(List.of(fitted), artefacts("f"));
    // The same sample gives the same bytes.
    StoredArtefact same = fit("g", fisher("a", Map.of()), null);
    assertEquals(content.digest(), same.content().orElseThrow().digest());
    assertEquals(List.of(fitted, same), artefacts(null));
    delete("f");
    delete("g");
    assertEquals(0, chunks());
    assertRefused(RestStatus.NOT_FOUND, "no artefact [f]", () -> artefacts("f"));
    assertRefused(RestStatus.NOT_FOUND, "no artefact [f]", () -> delete("f"));
  }

  public void testTheSampleIsOfDocumentsThatMatchTheQuery() {
    fill("a", spec("tiny", "logra", Map.of()), documents(30));
    StoredArtefact odd = fit("odd", fisher("a", Map.of()), QueryBuilders.termQuery("half", "odd"));
    assertEquals(15, odd.content().orElseThrow().documents());
    StoredArtefact ten = fit("ten", fisher("a", Map.of("sample_size", 10)), null);
    assertEquals(10, ten.content().orElseThrow().documents());
    StoredArtefact others = fit("others", fisher("a", Map.of("sample_size", 10, "seed", 7)), null);
    assertNotEquals(ten.content().orElseThrow().digest(), others.content().orElseThrow().digest());
  }

  public void testWhatCannotBeFittedIsRefusedAndLeavesNothing() {
    fill("a", spec("tiny", "logra", Map.of()), documents(5));
    fill("c", spec("tiny", "logra", Map.of("similarity", "cosine")), documents(3));
    fill("r", spec("tiny", "rapidgrad", Map.of()), documents(3));
    assertFitRefused("[g] of type [gradient_vector] in [a]", with("a", "field", "g"));
    assertFitRefused("no such index [x]", RestStatus.NOT_FOUND, fisher("x", Map.of()));
    assertFitRefused("were divided by their norms", fisher("c", Map.of()));
    assertFitRefused("does not keep the numbers of layers apart", fisher("r", Map.of()));
    assertFitRefused("is singular: 5 vectors do not determine", with("a", "damping", 0));
    assertFitRefused("damping must be at least 0, got -1.0", with("a", "damping", -1));
    assertFitRefused("sample_size must be 1 to 10000, got 0", with("a", "sample_size", 0));
    assertFitRefused(
        "type must be one of [fisher, background, pca], got [kfac]", with("a", "type", "kfac"));
    assertFitRefused("[dampening]", with("a", "dampening", 1));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "no document of [a] matches the query",
        () -> fit("f", fisher("a", Map.of()), QueryBuilders.termQuery("half", "neither")));
    assertRefused(
        RestStatus.BAD_REQUEST,
        "artefact id must be 1 to 128",
        () -> fit("_all/x", fisher("a", Map.of()), null));
    assertEquals(List.of(), artefacts(null));
    assertEquals(0, chunks());
  }

  private static Map<String, Object> with(String index, String key, Object value) {
    Map<String, Object> body = fisher(index, Map.of());
    body.put(key, value);
    return body;
  }

  private void assertFitRefused(String sentence, Map<String, Object> body) {
    assertFitRefused(sentence, RestStatus.BAD_REQUEST, body);
  }

  private void assertFitRefused(String sentence, RestStatus status, Map<String, Object> body) {
    assertRefused(status, sentence, () -> fit("f", body, null));
  }

  public void testADamagedChunkIsAnErrorThatNamesIt() {
    fill("a", spec("tiny", "logra", Map.of()), documents(30));
    // Of a digest that no other test of this node has in memory.
    StoredArtefact fitted = fit("f", fisher("a", Map.of("damping", 0.17)), null);
    String chunk = fitted.run() + ".0";
    GetResponse stored = client().prepareGet(ArtefactIndex.NAME, chunk).get();
    byte[] bytes = Base64.getDecoder().decode(stored.getSourceAsMap().get("bytes").toString());
    bytes[bytes.length / 2] ^= 1;
    Map<String, Object> source = stored.getSourceAsMap();
    source.put("bytes", Base64.getEncoder().encodeToString(bytes));
    client()
        .index(
            new IndexRequest(ArtefactIndex.NAME)
                .id(chunk)
                .source(source)
                .setRefreshPolicy(RefreshPolicy.IMMEDIATE))
        .actionGet();
    assertRefused(
        RestStatus.INTERNAL_SERVER_ERROR,
        "chunk 0 of 1 of artefact [f] does not have its digest",
        () -> influences("a", ",\"preconditioner\":\"f\""));
    client().prepareDelete(ArtefactIndex.NAME, chunk).get();
    assertRefused(
        RestStatus.INTERNAL_SERVER_ERROR,
        "chunk 0 of 1 of artefact [f] is missing",
        () -> influences("a", ",\"preconditioner\":\"f\""));
  }

  public void testACancelledFitLeavesNothing() throws Exception {
    fill("a", spec("tiny", "logra", Map.of()), documents(10));
    HoldingScript.hold();
    try {
      ActionFuture<ArtefactsResponse> fit = fitHeld("f");
      assertTrue(HoldingScript.awaitReached());
      assertEquals("fitting", artefacts("f").getFirst().toMap().get("state"));
      assertRefused(
          RestStatus.CONFLICT,
          "artefact [f] is still being fitted by task",
          () -> influences("a", ",\"preconditioner\":\"f\""));
      client().admin().cluster().prepareCancelTasks().setActions(FitArtefactAction.NAME).get();
      HoldingScript.open();
      Exception thrown = expectThrows(Exception.class, fit::actionGet);
      assertTrue(
          ExceptionsHelper.stackTrace(thrown),
          ExceptionsHelper.stackTrace(thrown).contains("TaskCancelledException"));
    } finally {
      HoldingScript.open();
    }
    assertEquals(List.of(), artefacts(null));
    assertEquals(0, chunks());
  }

  public void testDeletingAnArtefactThatIsBeingFittedEndsItsFit() throws Exception {
    fill("a", spec("tiny", "logra", Map.of()), documents(10));
    HoldingScript.hold();
    ActionFuture<ArtefactsResponse> fit = fitHeld("f");
    assertTrue(HoldingScript.awaitReached());
    delete("f");
    HoldingScript.open();
    assertRefused(RestStatus.CONFLICT, "deleted while it was fitted", fit::actionGet);
    assertEquals(List.of(), artefacts(null));
    assertEquals(0, chunks());
  }

  public void testANodeFitsTwoAtATime() throws Exception {
    fill("a", spec("tiny", "logra", Map.of()), documents(10));
    HoldingScript.hold();
    List<ActionFuture<ArtefactsResponse>> fits = List.of(fitHeld("f"), fitHeld("g"));
    try {
      assertTrue(HoldingScript.awaitReached());
      assertRefused(
          RestStatus.TOO_MANY_REQUESTS,
          "this node already fits 2 artefacts",
          () -> fit("h", fisher("a", Map.of()), null));
    } finally {
      HoldingScript.open();
    }
    fits.forEach(ActionFuture::actionGet);
    for (int i = 0; i < 3; i++) { // one that fails gives its place back, too
      assertFitRefused("damping must be at least 0, got -1.0", with("a", "damping", -1));
      assertFitRefused("[g] of type [gradient_vector] in [a]", with("a", "field", "g"));
    }
    fit("h", fisher("a", Map.of()), null);
  }

  private ActionFuture<ArtefactsResponse> fitHeld(String id) {
    return client()
        .execute(
            FitArtefactAction.INSTANCE,
            new FitArtefactAction.Request(
                id,
                fisher("a", Map.of()),
                new ScriptQueryBuilder(
                    new Script(ScriptType.INLINE, "mockscript", "hold", Map.of())),
                null,
                false));
  }

  /** Nothing is on the breaker but what the cache keeps. */
  public void testMemoryIsCounted() {
    fill("a", spec("tiny", "logra", Map.of()), documents(30));
    long before = reserved();
    StoredArtefact fitted = fit("f", fisher("a", Map.of("damping", 0.19)), null);
    assertEquals(before, reserved());
    influences("a", ",\"preconditioner\":\"f\"");
    assertTrue(reserved() >= before + fitted.content().orElseThrow().bytes());
  }
}
