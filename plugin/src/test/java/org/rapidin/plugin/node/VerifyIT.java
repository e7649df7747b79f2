package org.rapidin.plugin.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.opensearch.common.settings.Settings;
import org.opensearch.indices.IndexClosedException;
import org.opensearch.test.OpenSearchIntegTestCase.ClusterScope;
import org.opensearch.test.OpenSearchIntegTestCase.Scope;
import org.rapidin.plugin.node.NodeVerification.ShardVerification;

/**
 * Vector files in which a byte changed. Test names carry the number of the fault in the list of
 * faults that the product must survive.
 */
@ClusterScope(scope = Scope.TEST, numDataNodes = 0, numClientNodes = 0)
public class VerifyIT extends DamagedCopyTestCase {
  private static final int DOCUMENTS = 10;

  public void testRow22ADamagedReplicaIsFoundAndRecoveredFromThePrimary() throws Exception {
    internalCluster().startNodes(2);
    fill(1);
    List<ShardVerification> sound = verify();
    assertEquals(2, sound.size());
    for (ShardVerification copy : sound) {
      assertEquals("", copy.damage());
      assertTrue(copy.toString(), copy.bytes() > 0);
    }
    flipAByte(vectorFile(false, "rgv"));
    List<ShardVerification> damaged =
        verify().stream().filter(copy -> !copy.damage().isEmpty()).toList();
    assertEquals(1, damaged.size());
    assertFalse(damaged.getFirst().primary());
    assertTrue(damaged.getFirst().recovers());
    assertBusy(
        () -> {
          ensureGreen("train");
          List<ShardVerification> again = verify();
          assertEquals(2, again.size());
          assertTrue(again.stream().allMatch(copy -> copy.damage().isEmpty()));
        });
    assertEquals(DOCUMENTS, found(client()));
  }

  public void testTheOnlyCopyStaysAlthoughItIsDamaged() throws Exception {
    internalCluster().startNode();
    fill(0);
    flipAByte(vectorFile(true, "rgv"));
    ShardVerification copy = verify().getFirst();
    assertTrue(copy.damage(), copy.damage().contains("checksum failed"));
    assertTrue(copy.damage(), copy.damage().matches("(?s).*[\\W]\\w+\\.rg\\w+\\W.*"));
    assertFalse("names no folder: " + copy.damage(), copy.damage().matches("(?s).*/.*"));
    assertFalse(copy.recovers());
    ensureGreen("train");
    assertEquals(DOCUMENTS, found(client()));
  }

  public void testCopiesThatAreAllDamagedStay() throws Exception {
    internalCluster().startNodes(2);
    fill(1);
    flipAByte(vectorFile(true, "rgv"));
    flipAByte(vectorFile(false, "rgv"));
    List<ShardVerification> copies = verify();
    assertEquals(2, copies.size());
    for (ShardVerification copy : copies) {
      assertTrue(copies.toString(), copy.damage().contains("checksum failed"));
      assertFalse(copy.recovers());
    }
    ensureGreen("train");
    assertEquals(DOCUMENTS, found(client()));
  }

  public void testAClosedIndexIsNotCalledSound() {
    internalCluster().startNode();
    fill(0);
    client().admin().indices().prepareClose("train").get();
    var refused = expectThrows(IndexClosedException.class, VerifyIT::verify);
    assertEquals("train", refused.getIndex().getName());
  }

  private void fill(int replicas) {
    createTrainingIndex(1, replicas, Settings.EMPTY);
    ingest(client(), 0, DOCUMENTS);
    client().admin().indices().prepareFlush("train").setForce(true).get();
  }

  private static void flipAByte(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long middle = channel.size() / 2;
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, middle);
      one.put(0, (byte) (one.get(0) ^ 1)).flip();
      channel.write(one, middle);
    }
  }
}
