package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.plugin.dispatch.ArtefactCounts;
import org.rapidin.plugin.wire.VersionedBody;

/** The artefacts that the shard requests of a node measure documents with. */
public class KeptArtefactTests extends ArtefactNodeTestCase {
  private static ArtefactReference reference(StoredArtefact artefact) {
    return new ArtefactReference(artefact.id(), artefact.content().orElseThrow().digest());
  }

  /** A node that keeps one artefact. */
  private Artefacts node(StoredArtefact artefact) {
    return new Artefacts(
        new ArtefactIndex(client(), getInstanceFromNode(ClusterService.class)::state),
        getInstanceFromNode(ThreadPool.class),
        () -> new NoopCircuitBreaker("artefacts"),
        artefact.content().orElseThrow().bytes(),
        new ArtefactCounts());
  }

  private static Releasable keep(Artefacts node, StoredArtefact artefact) {
    PlainActionFuture<Releasable> kept = new PlainActionFuture<>();
    node.keep(reference(artefact), kept);
    return kept.actionGet();
  }

  public void testArtefactsThatDoNotFitTogetherAreInMemoryWhileTheyAreUsed() {
    fill("a", spec("tiny", "logra", Map.of()), documents(20));
    StoredArtefact first = fit("f", fisher("a", Map.of()), null);
    StoredArtefact second = fit("g", fisher("a", Map.of("damping", 0.2)), null);
    Artefacts node = node(first);
    Releasable use = keep(node, first);
    Releasable other = keep(node, second);
    assertEquals(0.1, node.inMemory(reference(first)).origin().damping(), 0);
    assertEquals(0.2, node.inMemory(reference(second)).origin().damping(), 0);
    use.close();
    assertRefused(
        RestStatus.SERVICE_UNAVAILABLE,
        "artefact [f] left the memory of this node",
        () -> node.inMemory(reference(first)));
    other.close();
    assertEquals(0.2, node.inMemory(reference(second)).origin().damping(), 0);
  }

  public void testAnArtefactInMemoryIsNotLookedUpAndOneOfAnotherDigestIsRefused() {
    fill("a", spec("tiny", "logra", Map.of()), documents(20));
    StoredArtefact first = fit("f", fisher("a", Map.of()), null);
    Artefacts node = node(first);
    keep(node, first).close();
    delete("f");
    keep(node, first).close();
    StoredArtefact again = fit("f", fisher("a", Map.of("damping", 0.2)), null);
    keep(node, again).close();
    assertRefused(
        RestStatus.CONFLICT,
        "artefact [f] was deleted and fitted again while the search ran: repeat the search",
        () -> keep(node, first));
  }

  /** Version 2 had no attributor. */
  public void testARequestWithoutAnAttributorIsRead() throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      TaskId.EMPTY_TASK_ID.writeTo(out);
      VersionedBody.write(
          out,
          2,
          body -> {
            body.writeString("f");
            body.writeString("a");
            body.writeString("gradient");
            body.writeVInt(1_000);
            body.writeDouble(0.1);
            body.writeLong(42);
            body.writeBoolean(false);
            body.writeEnum(ArtefactType.BACKGROUND);
          });
      out.writeBoolean(false);
      out.writeBoolean(false);
      FitArtefactAction.Request read = new FitArtefactAction.Request(out.bytes().streamInput());
      assertEquals(ArtefactType.BACKGROUND, read.spec().type());
      assertEquals("", read.spec().attributor());
    }
  }

  /** Version 1 had no components. */
  public void testARequestOfTheVersionBeforeIsRead() throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      TaskId.EMPTY_TASK_ID.writeTo(out);
      VersionedBody.write(
          out,
          1,
          body -> {
            body.writeString("f");
            body.writeString("a");
            body.writeString("gradient");
            body.writeVInt(1_000);
            body.writeDouble(0.1);
            body.writeLong(42);
            body.writeBoolean(true);
            body.writeString("b");
            body.writeDouble(0.25);
          });
      out.writeBoolean(false);
      out.writeBoolean(false);
      FitArtefactAction.Request read = new FitArtefactAction.Request(out.bytes().streamInput());
      assertEquals(
          new ArtefactSpec.Evaluation("b", 0.25, 0), read.spec().evaluation().orElseThrow());
    }
  }
}
