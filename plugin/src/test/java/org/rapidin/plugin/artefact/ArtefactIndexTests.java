package org.rapidin.plugin.artefact;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.After;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.test.OpenSearchSingleNodeTestCase;

/** What a write of an artefact does that finds another version of the document. */
public class ArtefactIndexTests extends OpenSearchSingleNodeTestCase {
  private static final String CHUNK_RUN = "run";

  @After
  public void deleteIndex() {
    client().admin().indices().prepareDelete(ArtefactIndex.NAME).get();
  }

  private ArtefactIndex index() {
    return new ArtefactIndex(client(), getInstanceFromNode(ClusterService.class)::state);
  }

  private static StoredArtefact artefact(String run) {
    return new StoredArtefact(
        "f",
        run,
        "node:1",
        1,
        ArtefactSpec.fromMap(Map.of("type", "fisher", "index", "a", "field", "gradient")),
        new StoredArtefact.Vectors("a", "print", 1),
        Optional.empty());
  }

  private static StoredArtefact fitted(StoredArtefact artefact) {
    return artefact.with(new StoredArtefact.Content(5, 3, 1, "digest"));
  }

  private static Optional<ArtefactIndex.Located> located(ArtefactIndex index)
      throws ExecutionException, InterruptedException {
    PlainActionFuture<Optional<ArtefactIndex.Located>> found = new PlainActionFuture<>();
    index.locate("f", found);
    return found.get();
  }

  private static boolean hasChunk(ArtefactIndex index) {
    return index.chunks().read(CHUNK_RUN, 0).isPresent();
  }

  private static ArtefactIndex.Claim claimed(ArtefactIndex index, StoredArtefact artefact) {
    ArtefactIndex.Claim claim = index.claim(artefact);
    index
        .chunks()
        .write(artefact.run(), 0, new ArtefactChunks.Chunk("digest", new byte[] {1, 2, 3}));
    return claim;
  }

  /** As when the primary wrote and left before it answered. */
  public void testAWriteThatIsSentAgainSucceeds() throws Exception {
    ArtefactIndex index = index();
    StoredArtefact artefact = artefact(CHUNK_RUN);
    ArtefactIndex.Claim claim = claimed(index, artefact);
    assertEquals(claim, index.claim(artefact));
    index.finish(fitted(artefact), claim);
    index.finish(fitted(artefact), claim);
    assertEquals(fitted(artefact), located(index).orElseThrow().artefact());
    assertConflict("exists and is never changed", () -> index.claim(artefact("other")));
    ArtefactIndex.Located found = located(index).orElseThrow();
    index.delete(found);
    index.delete(found);
    assertEquals(Optional.empty(), located(index));
    assertFalse(hasChunk(index));
  }

  public void testAFinishedArtefactIsNotDiscarded() throws Exception {
    ArtefactIndex index = index();
    StoredArtefact artefact = artefact(CHUNK_RUN);
    ArtefactIndex.Claim claim = claimed(index, artefact);
    index.finish(fitted(artefact), claim);
    index.discard(artefact, claim);
    assertEquals(fitted(artefact), located(index).orElseThrow().artefact());
    assertTrue(hasChunk(index));
  }

  public void testAnotherRunOfTheNameStays() throws Exception {
    ArtefactIndex index = index();
    StoredArtefact first = artefact("first");
    ArtefactIndex.Claim claim = claimed(index, first);
    ArtefactIndex.Located found = located(index).orElseThrow();
    index.delete(found);
    StoredArtefact second = artefact(CHUNK_RUN);
    claimed(index, second);
    assertConflict("deleted while it was fitted", () -> index.finish(fitted(first), claim));
    index.discard(first, claim);
    index.delete(found);
    assertEquals(second, located(index).orElseThrow().artefact());
    assertTrue(hasChunk(index));
  }

  public void testADeletionDoesNotRemoveWhatWasFinishedSinceItLooked() throws Exception {
    ArtefactIndex index = index();
    StoredArtefact artefact = artefact(CHUNK_RUN);
    ArtefactIndex.Claim claim = claimed(index, artefact);
    ArtefactIndex.Located found = located(index).orElseThrow();
    index.finish(fitted(artefact), claim);
    assertConflict("ended while it was deleted: repeat", () -> index.delete(found));
    assertTrue(hasChunk(index));
  }

  private static void assertConflict(String sentence, ArtefactNodeTestCase.Action action) {
    ArtefactNodeTestCase.assertRefused(RestStatus.CONFLICT, sentence, action);
  }
}
